interface Flight {
  jobId: string;
  /** A job never waits for one that is served later than itself. */
  priority: number;
}

/** Beyond so many the oldest are forgotten, and what they compute is computed once more by whoever asks. */
const MAX_FLIGHTS = 10_000;

/** Which job computes the result of a key, as far as jobs came in through this process. It may be over already, and may have failed: who waits looks. */
export class JobFlights {
  readonly #flights = new Map<string, Flight>();

  /** The job to wait for; null: there is none. */
  leaderOf(key: string, priority: number): string | null {
    const flight = this.#flights.get(key);
    return flight && flight.priority <= priority ? flight.jobId : null;
  }

  lead(key: string, flight: Flight): void {
    this.#flights.delete(key);
    this.#flights.set(key, flight);
    const [oldest] = this.#flights.keys();
    if (this.#flights.size > MAX_FLIGHTS && oldest !== undefined) this.#flights.delete(oldest);
  }
}
