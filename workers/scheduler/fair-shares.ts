/**
 * Fair shares of compute time between namespaces, by start-time fair queueing (Goyal, Vin, Cheng 1996): the one that has had least goes next, and who
 * comes in begins where the present ones are, so that time that was not used is not saved up.
 */
export class FairShares {
  /** Milliseconds that each had. */
  readonly #had = new Map<string, number>();
  /** Runs under way, which are charged when they end. */
  readonly #running = new Map<string, number>();
  /** What the one whose turn was last had had by then. */
  #floor = 0;

  /** Of those that want something, who goes next; ties go to the first. */
  next(namespaces: Iterable<string>): string | null {
    let chosen: string | null = null;
    for (const namespace of namespaces) if (chosen === null || this.#of(namespace) < this.#of(chosen)) chosen = namespace;
    if (chosen !== null) this.#floor = Math.max(this.#floor, this.#of(chosen));
    return chosen;
  }

  /** A run of it begins. */
  begin(namespace: string): void {
    this.#running.set(namespace, (this.#running.get(namespace) ?? 0) + 1);
  }

  /** Begins to want something beside those who do already. Who runs was never away: brought up to the others it would get a run for a run, however short its own are. */
  join(namespace: string, present: Iterable<string>): void {
    if (this.#running.has(namespace)) return;
    let least = Infinity;
    for (const other of present) least = Math.min(least, this.#of(other));
    this.#had.set(namespace, Math.max(this.#of(namespace), this.#floor, least < Infinity ? least : 0));
  }

  charge(namespace: string, ms: number): void {
    this.#had.set(namespace, this.#of(namespace) + ms);
    this.#end(namespace);
  }

  /** Nobody wants anything as a run of this one ends: nobody owes anything. */
  clear(namespace: string): void {
    this.#had.clear();
    this.#floor = 0;
    this.#end(namespace);
  }

  #end(namespace: string): void {
    const running = this.#running.get(namespace) ?? 0;
    if (running > 1) this.#running.set(namespace, running - 1);
    else this.#running.delete(namespace);
  }

  #of(namespace: string): number {
    return this.#had.get(namespace) ?? 0;
  }
}
