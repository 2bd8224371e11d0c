import { PlatformError } from '../../../platform/errors';

export interface GitLimits {
  /** Exchanges that one key may have at a time. */
  perKey: number;
  /** Exchanges that all keys together may have at a time. */
  total: number;
  /** How long a request waits for its turn. */
  waitMs: number;
}

/** Gives the turn back; a second call does nothing. */
export type EndTurn = () => void;

interface Waiter {
  key: string;
  begin(): void;
}

/** A key that has so many waiting for each that runs is not served in time. */
const WAITING_PER_TURN = 16;

/**
 * Who may start Git now: a process takes memory and, for a large repository, minutes of processor time, and whoever has a key could start any
 * number. Served in the order of their coming, but a key that has its share lets others pass.
 */
export class GitTurns {
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();
  #total = 0;

  constructor(private readonly limits: GitLimits) {}

  /** @throws GIT_BUSY when none was free in time, and when the caller has gone, who does not hear it */
  async take(key: string, signal: AbortSignal): Promise<EndTurn> {
    if (signal.aborted) throw this.#busy();
    if (!this.#isFree(key)) await this.#wait(key, signal);
    else this.#count(key, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#count(key, -1);
      this.#goOn();
    };
  }

  #wait(key: string, signal: AbortSignal): Promise<void> {
    const ahead = [...this.#waiting].filter((waiter) => waiter.key === key).length;
    if (ahead >= WAITING_PER_TURN * this.limits.perKey) throw this.#busy();
    return new Promise((resolve, reject) => {
      const leave = () => { stop(); reject(this.#busy()); };
      const late = setTimeout(leave, this.limits.waitMs);
      const waiter = { key, begin: () => { stop(); resolve(); } };
      const stop = () => {
        clearTimeout(late);
        signal.removeEventListener('abort', leave);
        this.#waiting.delete(waiter);
      };
      signal.addEventListener('abort', leave);
      this.#waiting.add(waiter);
    });
  }

  /** Counts a turn before its owner wakes, so that nobody who comes in between takes it. */
  #goOn(): void {
    for (const waiter of this.#waiting) {
      if (!this.#isFree(waiter.key)) continue;
      this.#count(waiter.key, 1);
      waiter.begin();
    }
  }

  #isFree(key: string): boolean {
    return this.#total < this.limits.total && (this.#running.get(key) ?? 0) < this.limits.perKey;
  }

  #count(key: string, change: 1 | -1): void {
    const count = (this.#running.get(key) ?? 0) + change;
    this.#total += change;
    if (count === 0) this.#running.delete(key);
    else this.#running.set(key, count);
  }

  #busy(): PlatformError {
    const { perKey, total, waitMs } = this.limits;
    return new PlatformError('GIT_BUSY', `The registry runs at most ${perKey} Git exchanges for a key and ${total} in all at a time; try again later.`, {
      perKey, total, retryAfterMs: Math.max(waitMs, 1_000),
    });
  }
}
