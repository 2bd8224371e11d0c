import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { messageOf } from '../../platform/errors';
import { ResultLog } from './result.log';
import { KEPT, type StreamKind } from './stream.kind';
import type { StreamEnd, StreamPlace, StreamReader } from './stream.reader';

/** Opens the upstream on behalf of one reader; what it gives, and what it throws, may be read by clients. */
export type OpenUpstream = () => Promise<AsyncIterator<ExecutionResult> | ExecutionResult>;

export interface SharedStreamSettings {
  readonly kind: StreamKind;
  /** Nobody can join any more: the upstream has ended, or all readers have left. */
  readonly onOver: () => void;
  /** How long the last result of a state counts as the state. */
  readonly freshMs?: number;
  readonly now?: () => number;
}

interface Seat {
  /** The number of the result it gets next. */
  position: number;
  isReady: boolean;
  /** Joined a state whose last result had grown old: it waits for a fresh one. */
  isWaiting: boolean;
}

const FRESH_MS = 1_000;
/** A source that never waits must not keep the turn, or nothing else would be served, its own end included. */
const PULLS_PER_TURN = 64;

/**
 * One upstream for any number of equal subscriptions: each of its results is completed and serialised once. It is read no faster than the
 * fastest reader takes results. A reader that falls behind gets the latest state, or is let go where nothing may be lost.
 */
export class SharedStream {
  readonly #seats = new Map<StreamReader, Seat>();
  readonly #log: ResultLog;
  readonly #now: () => number;
  #source: AsyncIterator<ExecutionResult> | null = null;
  #publishedAt = -Infinity;
  #end: StreamEnd | null = null;
  #isPumping = false;
  /** Of an upstream that was opened again, until its first result. */
  #isRenewed = false;
  #renewing: Promise<void> | null = null;

  constructor(private readonly settings: SharedStreamSettings) {
    this.#log = new ResultLog(KEPT[settings.kind]);
    this.#now = settings.now ?? (() => performance.now());
  }

  /** A late reader of a log is given it from its start, as long as that is kept. */
  get canJoin(): boolean {
    return this.#end === null && (this.settings.kind !== 'log' || this.#log.first === 0);
  }

  join(reader: StreamReader, open: OpenUpstream): StreamPlace {
    const isLate = this.settings.kind === 'state' && this.#log.head > 0;
    const isStale = isLate && this.#now() - this.#publishedAt > (this.settings.freshMs ?? FRESH_MS);
    const position = isLate && !isStale ? this.#log.head - 1 : isStale ? this.#log.head : 0;
    const seat: Seat = { position, isReady: true, isWaiting: isStale };
    this.#seats.set(reader, seat);
    if (isStale) this.#renewing ??= this.#renew(open).finally(() => { this.#renewing = null; });
    this.#deliver(reader, seat);
    void this.#pump(open);
    return { resume: () => this.#resume(reader, seat, open), leave: () => this.#leave(reader) };
  }

  #resume(reader: StreamReader, seat: Seat, open: OpenUpstream): void {
    if (!this.#seats.has(reader)) return;
    seat.isReady = true;
    this.#deliver(reader, seat);
    void this.#pump(open);
  }

  #leave(reader: StreamReader): void {
    if (!this.#seats.delete(reader) || this.#seats.size > 0) return;
    this.#finish({ kind: 'complete' });
    close(this.#source);
  }

  /** Single-flight; never rejects. */
  async #pump(open: OpenUpstream): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#source ??= await this.#open(open);
      for (let pulls = 1; this.#isWanted(); pulls++) {
        await this.#pull();
        if (pulls % PULLS_PER_TURN === 0) await nextTurn();
      }
    } catch (error) {
      this.#finish(failed(error));
    } finally {
      this.#isPumping = false;
    }
  }

  /** A refusal is a stream of one result. */
  async #open(open: OpenUpstream): Promise<AsyncIterator<ExecutionResult>> {
    const answer = await open();
    if (!('next' in answer)) return (async function* refusal() { yield answer; })();
    // All readers may have left meanwhile.
    if (this.#end) close(answer);
    return answer;
  }

  async #pull(): Promise<void> {
    const source = this.#source!;
    try {
      const step = await source.next();
      if (this.#end) return;
      if (!step.done) this.#publish(JSON.stringify(step.value));
      // One that was opened in its place reads on.
      else if (source === this.#source) this.#finish({ kind: 'complete' });
    } catch (error) {
      if (source === this.#source) this.#finish(failed(error));
    }
  }

  #isWanted(): boolean {
    if (this.#end) return false;
    for (const { isReady, position } of this.#seats.values()) if (isReady && position === this.#log.head) return true;
    return false;
  }

  #publish(result: string): void {
    const isKnown = this.#isRenewed && result === this.#log.last;
    this.#isRenewed = false;
    this.#publishedAt = this.#now();
    if (!isKnown) this.#log.push(result);
    this.#deliverAll();
    if (!this.canJoin) this.settings.onOver();
  }

  #deliverAll(): void {
    for (const [reader, seat] of this.#seats) {
      if (seat.isWaiting) seat.position = Math.max(0, this.#log.head - 1);
      seat.isWaiting = false;
      this.#deliver(reader, seat);
    }
  }

  #deliver(reader: StreamReader, seat: Seat): void {
    const { kind } = this.settings;
    if (seat.position < this.#log.first && kind !== 'state') return this.#dismiss(reader, { kind: 'too slow' });
    while (seat.isReady && seat.position < this.#log.head) {
      seat.position = Math.max(seat.position, this.#log.first) + 1;
      seat.isReady = reader.take(this.#log.at(seat.position - 1));
    }
    if (this.#end && seat.position === this.#log.head) this.#dismiss(reader, this.#end);
  }

  #dismiss(reader: StreamReader, end: StreamEnd): void {
    if (this.#seats.delete(reader)) reader.end(end);
  }

  /** Readers that are behind still get what is kept. */
  #finish(end: StreamEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.settings.onOver();
    this.#deliverAll();
  }

  /**
   * Opens the upstream of a state again, since what was completed some time ago may no longer be so: a late reader must not begin with
   * it. The others see the fresh result only where it differs, and of a refusal nothing.
   */
  async #renew(open: OpenUpstream): Promise<void> {
    const answer = await open().catch((error: unknown) => failed(error));
    if ('kind' in answer || !('next' in answer)) return this.#refuseWaiting(answer);
    if (this.#end) return close(answer);
    const old = this.#source;
    this.#source = answer;
    this.#isRenewed = true;
    close(old);
    void this.#pump(open);
  }

  #refuseWaiting(refusal: ExecutionResult | StreamEnd): void {
    for (const [reader, { isWaiting }] of this.#seats) {
      if (!isWaiting) continue;
      if (!('kind' in refusal)) reader.take(JSON.stringify(refusal));
      this.#dismiss(reader, 'kind' in refusal ? refusal : { kind: 'complete' });
    }
  }
}

function failed(error: unknown): StreamEnd {
  return { kind: 'failed', error: error instanceof GraphQLError ? error : new GraphQLError(messageOf(error)) };
}

/** A source that cannot stop at once, or fails while stopping, must hold up nobody. */
function close(source: AsyncIterator<unknown> | null): void {
  void Promise.resolve(source?.return?.()).catch(() => undefined);
}
