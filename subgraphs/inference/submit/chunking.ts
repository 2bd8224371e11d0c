export interface ChunkPlan {
  chunk: number;
  /** Position of its first item in the job. */
  firstItem: number;
  itemCount: number;
}

const MAX_ITEMS = 64;
const MAX_BYTES = 1024 * 1024;
/** A job spreads over workers, and its progress means something, once it has this many parts. */
const WANTED_CHUNKS = 32;

/** Where more parts would be cut for their kind, kinds do not matter: each chunk is a row and an entry. */
const MOST_KIND_CHANGES = 256;

/**
 * Cuts a job into chunks of consecutive items: at least 32 where there are enough items, none above 64 items or 1 MiB
 * (an item that is larger than that has a chunk of its own).
 * @param sizesBytes packed size of each item
 * @param kinds of each item, where those of different kinds should not share a chunk
 */
export function planChunks(sizesBytes: readonly number[], kinds: readonly unknown[] = []): ChunkPlan[] {
  const changes = new Set(kinds.flatMap((kind, item) => (item > 0 && kind !== kinds[item - 1] ? [item] : [])));
  if (changes.size > MOST_KIND_CHANGES) changes.clear();
  const maxItems = Math.min(MAX_ITEMS, Math.max(1, Math.floor(sizesBytes.length / WANTED_CHUNKS)));
  const plans: ChunkPlan[] = [];
  let open: ChunkPlan | null = null;
  let openBytes = 0;
  sizesBytes.forEach((sizeBytes, item) => {
    if (!open || changes.has(item) || open.itemCount === maxItems || openBytes + sizeBytes > MAX_BYTES) {
      open = { chunk: plans.length, firstItem: item, itemCount: 0 };
      openBytes = 0;
      plans.push(open);
    }
    open.itemCount += 1;
    openBytes += sizeBytes;
  });
  return plans;
}
