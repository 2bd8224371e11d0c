import type { EntryLease, QueueEntry } from '../../../platform/queue/queue';
import { newId } from '../../../platform/uuid';
import type { QueuedChunk } from './give-back.statement';

/**
 * What one entry may hold, in predicted milliseconds of compute and in chunks. Moving an entry through Redis costs about 150 µs over all processes, many
 * times a short run; yet an entry goes to one worker as a whole, so it holds no more than others would finish before they could have fetched a part of it.
 */
const ENTRY_MS = 10;
const ENTRY_CHUNKS = 32;

type Pack = [QueuedChunk, ...QueuedChunk[]];

/**
 * Packs chunks of one revision into queue entries, in their order: those of equal priority share entries while they are predicted to be short; a chunk of
 * unknown length has an entry of its own.
 *
 * An entry of one chunk is named after its lease, so that sending it again while it waits adds nothing. A shared one has a name of its own: under
 * a name of one of its leases it would hide another entry that holds the same lease and other company.
 */
export function packEntries(chunks: readonly QueuedChunk[]): QueueEntry[] {
  const packs: Pack[] = [];
  const open = new Map<number, { pack: Pack; leftMs: number }>();
  for (const chunk of chunks) {
    const costMs = chunk.predictedMs ?? Infinity;
    const current = open.get(chunk.priority);
    if (current && costMs <= current.leftMs && current.pack.length < ENTRY_CHUNKS) {
      current.pack.push(chunk);
      current.leftMs -= costMs;
      continue;
    }
    const pack: Pack = [chunk];
    packs.push(pack);
    open.set(chunk.priority, { pack, leftMs: ENTRY_MS - costMs });
  }
  return packs.map(toEntry);
}

function toEntry([first, ...others]: Pack): QueueEntry {
  const { jobId, chunk, lease, priority } = first;
  return { id: others.length === 0 ? `${jobId}-${chunk}-${lease}` : `entry-${newId()}`, data: [toLease(first), ...others.map(toLease)], priority };
}

function toLease({ jobId, chunk, lease }: QueuedChunk): EntryLease {
  return { jobId, chunk, lease };
}
