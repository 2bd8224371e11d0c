const LOOK_EVERY_MS = 250;

/** This process's resident memory, read a few times a second: it costs a system call, and small models run thousands of times. */
export class OwnResidentMemory {
  #bytes = 0;
  #lookedAt = -Infinity;

  get bytes(): number {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return this.#bytes;
    this.#lookedAt = now;
    this.#bytes = process.memoryUsage.rss();
    return this.#bytes;
  }
}
