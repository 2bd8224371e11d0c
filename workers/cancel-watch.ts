import type { EventBus } from '../platform/bus/event-bus';
import { messageOf } from '../platform/errors';
import type { Log } from '../platform/log';
import type { JobLedger, Lease } from '../subgraphs/inference/worker.contract';
import type { ChunksInHand } from './chunks-in-hand';

const POLL_MS = 1_000;

interface CancelWatchParts {
  ledger: Pick<JobLedger, 'revoked'>;
  bus: EventBus;
  log: Log;
  workerId: string;
  inHand: ChunksInHand;
}

/**
 * Learns of leases that were canceled or taken away: at once by a hint, within a second without one. The hint only says where to look;
 * the ledger decides. Chunks younger than a poll are left to the hint, so that quick work costs no extra statements.
 */
export class CancelWatch {
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly parts: CancelWatchParts) {}

  async start(): Promise<void> {
    const { bus, inHand } = this.parts;
    this.#timer = setInterval(() => {
      const dueAt = performance.now() - POLL_MS;
      void this.#check(inHand.leases(({ claimedAt }) => claimedAt <= dueAt));
    }, POLL_MS);
    this.#unsubscribe = await bus.subscribeAll('chunk-cancel', (jobId) => {
      void this.#check(inHand.leases((chunk) => jobId === '*' || chunk.jobId === jobId));
    });
    if (this.#timer === null) this.#unsubscribe();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#unsubscribe?.();
  }

  async #check(leases: Lease[]): Promise<void> {
    if (leases.length === 0) return;
    const { ledger, workerId, inHand, log } = this.parts;
    try {
      for (const lease of await ledger.revoked(workerId, leases)) inHand.revoke(lease);
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'revoked leases not read, next poll reads them');
    }
  }
}
