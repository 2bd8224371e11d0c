/** An arrival of an open loop: it comes when it comes, however late the others are. */
export interface Arrival {
  /** Milliseconds after the start. */
  at: number;
  /** Which of the kinds it is of. */
  kind: number;
}

/** Numbers in (0, 1) that are the same in every run: Park and Miller's minimal standard generator. */
export function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Milliseconds of service of one arrival on average, where each kind takes an equal part of the time. */
export function meanServiceMs(servicesMs: readonly number[]): number {
  return servicesMs.length / servicesMs.reduce((sum, ms) => sum + 1 / ms, 0);
}

/** A Poisson process of so many arrivals; kinds are drawn so that each takes an equal part of the time. */
export function poissonTrace({ count, perSecond, servicesMs, seed = 7 }: { count: number; perSecond: number; servicesMs: readonly number[]; seed?: number }): Arrival[] {
  const next = fractions(seed);
  const total = servicesMs.reduce((sum, ms) => sum + 1 / ms, 0);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += (-Math.log(next()) * 1_000) / perSecond;
    let draw = next() * total;
    const kind = servicesMs.findIndex((ms) => (draw -= 1 / ms) <= 0);
    return { at, kind: kind < 0 ? servicesMs.length - 1 : kind };
  });
}
