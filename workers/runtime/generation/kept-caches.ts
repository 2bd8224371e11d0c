import type { Tensor } from 'onnxruntime-node';

/** What a model keeps of a sequence, so that the next step need not see all of it again. */
export interface KeptCache {
  /** Tokens it holds. */
  length: number;
  /** By the name of the input that takes it. */
  tensors: Readonly<Record<string, Tensor>>;
  bytes: number;
}

/** The caches of the generations in hand, within a bound: which one goes costs its generation a look at the whole sequence, and nothing else. */
export class KeptCaches {
  /** The one that was used longest ago first. */
  readonly #caches = new Map<string, KeptCache>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes it out: a step that fails leaves none behind. */
  take(generation: string): KeptCache | null {
    const cache = this.#caches.get(generation);
    if (!cache) return null;
    this.#caches.delete(generation);
    this.#bytes -= cache.bytes;
    return cache;
  }

  /** @throws Error when it alone is beyond the bound */
  keep(generation: string, cache: KeptCache): void {
    if (cache.bytes > this.maxBytes) {
      throw new Error(`The cache of ${cache.length} tokens holds ${cache.bytes} bytes of at most ${this.maxBytes}; give the deployment more memoryBytes, or ask for less.`);
    }
    this.take(generation);
    this.#caches.set(generation, cache);
    this.#bytes += cache.bytes;
    for (const oldest of this.#caches.keys()) {
      if (this.#bytes <= this.maxBytes) return;
      this.take(oldest);
    }
  }

  forget(generation: string): void {
    this.take(generation);
  }
}
