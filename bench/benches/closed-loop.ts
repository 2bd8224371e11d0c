export interface LoopResult {
  /** Completed operations. */
  count: number;
  seconds: number;
  perSecond: number;
}

export interface LoopSettings {
  inFlight: number;
  warmUpSeconds: number;
  seconds: number;
  /** One whole operation, from its start to the moment its result is known. */
  operation: () => Promise<void>;
}

/** Keeps `inFlight` operations going; counts those that end between the warm-up and the end of the measured time. */
export async function closedLoop({ inFlight, warmUpSeconds, seconds, operation }: LoopSettings): Promise<LoopResult> {
  const measureFrom = performance.now() + warmUpSeconds * 1000;
  const endAt = measureFrom + seconds * 1000;
  let count = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() < endAt) {
      await operation();
      const now = performance.now();
      if (now >= measureFrom && now < endAt) count++;
    }
  }));
  return { count, seconds, perSecond: count / seconds };
}
