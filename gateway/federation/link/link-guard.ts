import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../platform/errors';
import { CircuitBreaker, type BreakerLimits } from './circuit-breaker';
import { ConcurrencyGate } from './concurrency-gate';
import { Deadline } from './deadline';
import { LinkFailure } from './link-failure';

/** What one subgraph may take of the gateway. */
export interface LinkLimits {
  /** For a whole answer, waiting in line and further attempts included. */
  timeoutMs: number;
  /** Further attempts at a query whose connection failed; a mutation is sent once. */
  retries: number;
  /** Calls, and so connections, at a time. */
  concurrency: number;
  breaker: BreakerLimits;
}

export interface GuardedCall {
  /** A query: asking twice does no harm. */
  isRead: boolean;
  signal: AbortSignal | undefined;
}

/** Each that waits holds its request in memory. */
const WAITING_PER_PLACE = 16;
/** Retries of many requests after one fault must not arrive together. */
const RETRY_WITHIN_MS = 50;

/** Stands before every call to one subgraph: in line, within its deadline, again where that is harmless, not at all while it is away. */
export class LinkGuard {
  readonly #breaker: CircuitBreaker;
  readonly #gate: ConcurrencyGate;

  constructor(private readonly subgraph: string, private readonly limits: LinkLimits) {
    this.#breaker = new CircuitBreaker(limits.breaker);
    this.#gate = new ConcurrencyGate(limits.concurrency, limits.concurrency * WAITING_PER_PLACE);
  }

  /** @throws SUBGRAPH_UNAVAILABLE */
  async run<Answer>(call: GuardedCall, attempt: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const deadline = new Deadline(this.limits.timeoutMs, call.signal);
    try {
      if (!await this.#gate.enter(deadline.signal)) throw this.#failure('too many requests wait for it already.');
      try {
        return await this.#attempt({ ...call, ends: deadline.signal }, attempt);
      } finally {
        this.#gate.leave();
      }
    } catch (error) {
      // What broke off a connection is a reason of ours then, and the connection's own words explain nothing.
      if (deadline.signal.aborted) throw this.#failure(messageOf(deadline.signal.reason), error);
      throw error;
    } finally {
      deadline.end();
    }
  }

  async #attempt<Answer>(call: GuardedCall & { ends: AbortSignal }, attempt: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    for (let left = call.isRead ? this.limits.retries : 0; ; left -= 1) {
      if (!this.#breaker.admits()) throw this.#failure('it has failed again and again, so that it is left in peace for a moment.');
      try {
        const answer = await attempt(call.ends);
        this.#breaker.succeeded();
        return answer;
      } catch (error) {
        if (call.signal?.aborted) this.#breaker.abandoned();
        else this.#breaker.failed();
        const isAgain = left > 0 && !call.ends.aborted && error instanceof LinkFailure && error.isTransient;
        if (!isAgain) throw error;
        await delay(Math.random() * RETRY_WITHIN_MS, undefined, { signal: call.ends });
      }
    }
  }

  #failure(reason: string, cause?: unknown): LinkFailure {
    return new LinkFailure(this.subgraph, reason, { cause });
  }
}
