import type { Log } from '../platform/log';
import type { Delivery, EntryData } from '../platform/queue/queue';
import { ChunkIntake } from './chunk-intake';
import type { ChunkWork, TakenChunk } from './chunk-work';
import type { ClaimBatcher } from './claim-batcher';
import { leaseOf } from './lease';
import { pause } from './persistence';
import type { RunEstimate } from './run-estimate';
import type { TakenChunks } from './taken-chunks';
import type { WaitingLease } from './waiting-leases';
import type { WorkUnderWay } from './work-under-way';

const CLAIM_REFUSED_DELAY_MS = 1_000;
/** What was only read and is not done by then is claimed, for people to see it RUNNING and to cancel it. */
const CLAIM_LATE_MS = 100;

export interface ChunkTakerParts {
  claims: ClaimBatcher;
  estimate: RunEstimate;
  chunks: TakenChunks;
  underWay: WorkUnderWay;
  /** Takes in what was claimed or read. */
  admit: (taken: TakenChunk[]) => Promise<ChunkWork[]>;
  /** More came, or is not coming after all. */
  arrived: () => void;
  log: Log;
}

/**
 * Takes chunks a little ahead of the runner; until then they wait QUEUED. Chunks known to be short are only read, and claimed by the statement that finishes
 * them: a third of the writes and one commit less on their way.
 */
export class ChunkTaker {
  readonly #intake: ChunkIntake;
  #taking = 0;
  #isClosed = false;

  constructor(private readonly parts: ChunkTakerParts) {
    this.#intake = new ChunkIntake(parts.claims);
  }

  /** Whether some are on their way from the ledger. */
  get isTaking(): boolean {
    return this.#taking > 0;
  }

  /** Resolves when the queue may forget the entry. */
  hold(entry: EntryData, delivery: Delivery): Promise<void> {
    const isFirst = this.#intake.size === 0;
    const released = this.#intake.hold(entry, delivery);
    // A tick later, so that entries which arrive together are claimed, and may be batched, together; what shares an entry has gathered before.
    if (entry.length > 1) this.takeMore();
    else if (isFirst) setImmediate(() => this.takeMore());
    return released;
  }

  /** Takes in gulps of at least half of what may be ahead, or whenever the runner is about to starve. */
  takeMore(): void {
    if (this.#isClosed || this.#intake.size === 0) return;
    const { estimate, chunks, underWay } = this.parts;
    const ahead = estimate.chunksAhead();
    const room = ahead - chunks.size - this.#taking;
    if (room <= 0 || (room < ahead / 2 && chunks.size + this.#taking > 1)) return;
    underWay.track(this.#take(room));
  }

  /** Takes no more; answers what waited. */
  close(): WaitingLease[] {
    this.#isClosed = true;
    return this.#intake.take(this.#intake.size);
  }

  async #take(count: number): Promise<void> {
    const waiting = this.#intake.take(count);
    this.#taking += waiting.length;
    const isRead = this.parts.estimate.isShort && !waiting.some(({ isRepeated }) => isRepeated);
    try {
      const chunks = await this.parts.admit(await (isRead ? this.#intake.read(waiting) : this.#intake.claim(waiting)));
      if (chunks.some(({ isClaimed }) => !isClaimed)) setTimeout(() => this.parts.underWay.track(this.#claimLate(chunks)), CLAIM_LATE_MS).unref();
    } catch (error) {
      if (this.#isClosed) return;
      this.parts.log.error({ err: error }, 'claim refused');
      await pause(CLAIM_REFUSED_DELAY_MS);
      this.#intake.putBack(waiting);
    } finally {
      this.#taking -= waiting.length;
      this.parts.arrived();
    }
    this.takeMore();
  }

  /** A chunk that completes meanwhile is finished by its own statement, whichever comes first. */
  async #claimLate(chunks: readonly ChunkWork[]): Promise<void> {
    const open = chunks.filter((chunk) => chunk.isOpen && !chunk.isClaimed);
    if (open.length === 0) return;
    const isOurs = await this.#intake.claimLate(open.map(leaseOf));
    open.forEach((chunk, position) => (isOurs[position] ? this.parts.chunks.wasClaimed(chunk) : chunk.revoke()));
  }
}
