/**
 * Spreads calls by the power of two choices: of two replicas drawn at random the one with fewer requests in flight. Nearly as even as asking all of them,
 * and services that know nothing of each other do not all run to the same one (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996).
 */
export class ReplicaChoice {
  readonly #inFlight = new Map<string, number>();

  constructor(private readonly random: () => number = Math.random) {}

  /** None of no replicas. */
  pick<Replica extends { id: string }>(replicas: readonly Replica[]): Replica | undefined {
    if (replicas.length < 2) return replicas[0];
    const first = Math.floor(this.random() * replicas.length);
    const second = (first + 1 + Math.floor(this.random() * (replicas.length - 1))) % replicas.length;
    const [one, other] = [replicas[first]!, replicas[second]!];
    return this.inFlight(other.id) < this.inFlight(one.id) ? other : one;
  }

  inFlight(id: string): number {
    return this.#inFlight.get(id) ?? 0;
  }

  /** Counts the replica as busy until the work ends. */
  async during<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#inFlight.set(id, this.inFlight(id) + 1);
    try {
      return await work();
    } finally {
      const left = this.inFlight(id) - 1;
      if (left === 0) this.#inFlight.delete(id);
      else this.#inFlight.set(id, left);
    }
  }
}
