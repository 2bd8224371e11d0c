export interface BreakerLimits {
  /** Calls without an answer, one after another, after which nothing is asked for a while. */
  failures: number;
  /** How long that is. */
  restMs: number;
}

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  /** One call goes ahead to see; the others wait for what it finds. */
  | { readonly kind: 'trying' };

/** Spares a server that does not answer, and its callers the wait. */
export class CircuitBreaker {
  #state: State = { kind: 'closed', failures: 0 };

  constructor(private readonly limits: BreakerLimits, private readonly now: () => number = Date.now) {}

  /** Whether a call may be made; each that may reports back by one of the three below. */
  admits(): boolean {
    const state = this.#state;
    switch (state.kind) {
      case 'closed': return true;
      case 'trying': return false;
      case 'open':
        if (this.now() < state.untilMs) return false;
        this.#state = { kind: 'trying' };
        return true;
      default: return state satisfies never;
    }
  }

  succeeded(): void {
    this.#state = { kind: 'closed', failures: 0 };
  }

  failed(): void {
    const failures = this.#state.kind === 'closed' ? this.#state.failures + 1 : this.limits.failures;
    // Calls that were under way before it opened change nothing: the rest would grow with each of them.
    if (this.#state.kind === 'open') return;
    this.#state = failures < this.limits.failures
      ? { kind: 'closed', failures } : { kind: 'open', untilMs: this.now() + this.limits.restMs };
  }

  /** The caller left before there was an answer, which says nothing of the server: the next call may try. */
  abandoned(): void {
    if (this.#state.kind === 'trying') this.#state = { kind: 'open', untilMs: this.now() };
  }
}
