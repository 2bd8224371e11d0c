import type { ChunkWork } from './chunk-work';
import type { ChunksInHand } from './chunks-in-hand';

/** The chunks that one replica has taken and not yet completed. */
export class TakenChunks {
  readonly #chunks = new Set<ChunkWork>();

  constructor(private readonly inHand: ChunksInHand) {}

  get size(): number {
    return this.#chunks.size;
  }

  add(chunk: ChunkWork): void {
    this.#chunks.add(chunk);
    if (chunk.isClaimed) this.inHand.add(chunk);
  }

  /** Its row says RUNNING now, so that people may cancel it. */
  wasClaimed(chunk: ChunkWork): void {
    chunk.wasClaimed();
    if (chunk.isOpen) this.inHand.add(chunk);
  }

  /** Every item has its result; until that is written its lease stays in hand. */
  completed(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
  }

  /** Nothing of it will be written, or all of it was. */
  letGo(chunk: ChunkWork): void {
    this.#chunks.delete(chunk);
    this.inHand.delete(chunk);
  }

  /** Those whose leases have to be given back. */
  giveUp(predicate: (chunk: ChunkWork) => boolean): ChunkWork[] {
    const given = [...this.#chunks].filter((chunk) => predicate(chunk) && chunk.giveUp());
    for (const chunk of given) this.letGo(chunk);
    return given;
  }
}
