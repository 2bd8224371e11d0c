/** Lets so many calls through at a time; the others wait in order, at most so many, each no longer than its signal says. */
export class ConcurrencyGate {
  #open: number;
  readonly #waiting = new Set<() => void>();

  constructor(concurrency: number, private readonly maxWaiting: number) {
    this.#open = concurrency;
  }

  /** Resolves with false when too many wait already, and rejects with the signal's reason. Who got in calls `leave` once. */
  enter(signal: AbortSignal): Promise<boolean> | boolean {
    if (this.#open > 0) {
      this.#open -= 1;
      return true;
    }
    return this.#waiting.size >= this.maxWaiting ? false : this.#wait(signal);
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#open += 1;
  }

  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(enter);
        reject(signal.reason as Error);
      };
      const enter = () => {
        this.#waiting.delete(enter);
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
