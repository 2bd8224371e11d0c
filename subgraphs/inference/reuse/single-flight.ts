/** What came of a flight, told to everyone on it. */
export interface Landed<Value> {
  value: Value;
  /** False: another call computed it. */
  isOwn: boolean;
}

export interface SingleFlightSettings<Value> {
  /** Keeps a value for those that come later; while it does, they still share the flight. Never rejects. */
  keep(value: Value): Promise<void>;
  /** Whether a failure would meet everyone alike. Any other ends its own call, and those who waited begin anew. */
  isShared(error: unknown): boolean;
}

/** Computes equal questions that are asked at the same time once, within this process. */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Promise<Value>>();

  constructor(private readonly settings: SingleFlightSettings<Value>) {}

  /**
   * @param signal ends the wait for another's flight; what `compute` does, it ends by itself
   * @throws what `compute` throws, or the reason of the signal
   */
  async during(key: string, signal: AbortSignal, compute: () => Promise<Value>): Promise<Landed<Value>> {
    for (;;) {
      const flight = this.#flights.get(key);
      if (!flight) return { value: await this.#lead(key, compute), isOwn: true };
      try {
        return { value: await unlessAborted(flight, signal), isOwn: false };
      } catch (error) {
        // Whoever was first leads now; the others find its flight.
        if (signal.aborted || this.settings.isShared(error)) throw error;
      }
    }
  }

  #lead(key: string, compute: () => Promise<Value>): Promise<Value> {
    const flight = compute();
    this.#flights.set(key, flight);
    const end = (): void => void this.#flights.delete(key);
    // Before anyone who waits hears of it: they must not find a flight that failed.
    flight.then((value) => this.settings.keep(value).finally(end), end);
    return flight;
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
