import { Coalescer } from '../platform/coalescer';
import type { ClaimedChunk, JobLedger, Lease } from '../subgraphs/inference/worker.contract';
import type { ChunksInHand } from './chunks-in-hand';
import { untilAnswered, type PersistenceSettings } from './persistence';

interface ClaimBatcherParts extends PersistenceSettings {
  ledger: Pick<JobLedger, 'claim' | 'peek' | 'giveBack'>;
  workerId: string;
  inHand: ChunksInHand;
}

/** What the ledger takes in one statement. */
const MAX_LEASES = 64;

/** Claims, and reads, of all replicas of the process that come together are one statement. Null: the lease is stale, or its deadline has passed. */
export class ClaimBatcher {
  readonly #claims: Coalescer<Lease, ClaimedChunk | null>;
  readonly #reads: Coalescer<Lease, ClaimedChunk | null>;

  constructor(private readonly parts: ClaimBatcherParts) {
    this.#claims = new Coalescer({ maxBatch: MAX_LEASES, maxInFlight: 1, run: (leases) => this.#claimAll(leases) });
    this.#reads = new Coalescer({ maxBatch: MAX_LEASES, maxInFlight: 2, run: (leases) => this.#readAll(leases) });
  }

  claim(leases: Lease[]): Promise<(ClaimedChunk | null)[]> {
    return Promise.all(leases.map((lease) => this.#claims.add(lease)));
  }

  /** As `claim`, but the rows stay QUEUED. */
  read(leases: Lease[]): Promise<(ClaimedChunk | null)[]> {
    return Promise.all(leases.map((lease) => this.#reads.add(lease)));
  }

  async #readAll(leases: Lease[]): Promise<(ClaimedChunk | null)[]> {
    return inOrder(leases, await untilAnswered('peek', () => this.parts.ledger.peek(leases), this.parts));
  }

  async #claimAll(leases: Lease[]): Promise<(ClaimedChunk | null)[]> {
    const { ledger, workerId } = this.parts;
    let attempts = 0;
    const claimed = await untilAnswered('claim', (attempt) => {
      attempts = attempt + 1;
      return ledger.claim(workerId, leases);
    }, this.parts);
    const answers = inOrder(leases, claimed);
    if (attempts > 1) await this.#returnUnsure(leases.filter((_, position) => answers[position] === null));
    return answers;
  }

  /** A claim whose answer was lost may have made rows RUNNING that the repeated claim no longer matches; nobody else would end them. */
  async #returnUnsure(leases: Lease[]): Promise<void> {
    const { ledger, workerId, inHand } = this.parts;
    const unsure = leases.filter((lease) => !inHand.has(lease));
    if (unsure.length === 0) return;
    const reason = { code: 'UNAVAILABLE', message: 'The answer to the claim was lost.' } as const;
    await untilAnswered('giveBack', () => ledger.giveBack(workerId, unsure, reason), this.parts);
  }
}

/** The chunk of each lease. By chunk and each once: an entry that was delivered twice, or with an older lease, must not run the chunk twice. */
function inOrder(leases: readonly Lease[], chunks: readonly ClaimedChunk[]): (ClaimedChunk | null)[] {
  const byChunk = new Map(chunks.map((chunk) => [chunkKey(chunk), chunk]));
  return leases.map((lease) => {
    const chunk = byChunk.get(chunkKey(lease)) ?? null;
    byChunk.delete(chunkKey(lease));
    return chunk;
  });
}

function chunkKey({ jobId, chunk }: Lease): string {
  return `${jobId}/${chunk}`;
}
