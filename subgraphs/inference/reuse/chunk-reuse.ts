/** Under which keys the results of a chunk's items are kept, as its row holds it. */
export interface ChunkReuse {
  /** Of its items, in their order; as `resultKey` makes them. */
  keys: string[];
  ttlMs: number;
  /** Of all results of the deployment. */
  maxBytes: number;
}
