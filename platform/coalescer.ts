import { PlatformError } from './errors';

export interface CoalescerSettings<Input, Output> {
  /** The most inputs of one batch. */
  maxBatch: number;
  /** Batches that run at a time; what arrives meanwhile gathers for the next. */
  maxInFlight: number;
  /** Answers one output per input, in order. */
  run(inputs: Input[]): Promise<Output[]>;
}

interface Waiting<Input, Output> {
  input: Input;
  resolve(output: Output): void;
  reject(reason: unknown): void;
}

/**
 * Lets calls that arrive together share one batch: those of one turn of the event loop, and under load those that arrive while a batch
 * runs. A batch that fails is run again one by one, so that an input fails for its own faults alone; only what is away (UNAVAILABLE,
 * SUBGRAPH_UNAVAILABLE) fails all of them at once.
 */
export class Coalescer<Input, Output> {
  #waiting: Waiting<Input, Output>[] = [];
  #inFlight = 0;
  #isScheduled = false;

  constructor(private readonly settings: CoalescerSettings<Input, Output>) {}

  add(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#inFlight >= this.settings.maxInFlight) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#inFlight += 1;
      void this.#runBatch(this.#waiting.splice(0, this.settings.maxBatch)).finally(() => {
        this.#inFlight -= 1;
        this.#schedule();
      });
      this.#schedule();
    });
  }

  /** Never rejects. */
  async #runBatch(batch: Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await this.settings.run(batch.map(({ input }) => input));
      batch.forEach(({ resolve }, index) => resolve(outputs[index]!));
    } catch (error) {
      const isAway = error instanceof PlatformError && (error.code === 'UNAVAILABLE' || error.code === 'SUBGRAPH_UNAVAILABLE');
      if (batch.length === 1 || isAway) batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await this.#runBatch([one]);
    }
  }
}
