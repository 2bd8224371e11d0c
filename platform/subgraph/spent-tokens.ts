/**
 * Remembers which tokens were used, for as long as any of them could be believed, in two generations that take turns: nothing is searched
 * or sorted, and an id is forgotten between one and two lifetimes after its use. Of several processes of one subgraph each remembers its own.
 */
export class SpentTokens {
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnsAtMs: number;

  constructor(private readonly lifetimeMs: number, private readonly now: () => number = Date.now) {
    this.#turnsAtMs = now() + lifetimeMs;
  }

  /** False when this id was spent already. */
  spend(id: string): boolean {
    this.#turn();
    if (this.#current.has(id) || this.#previous.has(id)) return false;
    this.#current.add(id);
    return true;
  }

  #turn(): void {
    const lateMs = this.now() - this.#turnsAtMs;
    if (lateMs < 0) return;
    this.#previous = lateMs < this.lifetimeMs ? this.#current : new Set();
    this.#current = new Set();
    this.#turnsAtMs = this.now() + this.lifetimeMs;
  }
}
