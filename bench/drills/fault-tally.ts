/** What each request of a drill must keep to. */
export const DEADLINE_MS = 1_000;
const GRACE_MS = 1_000;

/** What became of requests that met a fault. */
export interface Tally {
  /** What each request must keep to. */
  deadlineMs: number;
  asked: number;
  ended: number;
  late: number;
  wrong: number;
  tookMs: number[];
  failures: string[];
}

export const newTally = (deadlineMs = DEADLINE_MS): Tally => ({ deadlineMs, asked: 0, ended: 0, late: 0, wrong: 0, tookMs: [], failures: [] });

/** Counts one request; it resolves with null when all was right, otherwise with what was not. */
export async function within(tally: Tally, name: string, request: () => Promise<string | null>): Promise<void> {
  tally.asked += 1;
  const startedAtMs = performance.now();
  const failure = await request();
  const tookMs = performance.now() - startedAtMs;
  tally.ended += 1;
  tally.tookMs.push(tookMs);
  if (tookMs > tally.deadlineMs + GRACE_MS) tally.late += 1;
  if (failure !== null) note(tally, `${name}: ${failure}`);
}

export function note(tally: Tally, failure: string): void {
  tally.wrong += 1;
  tally.failures.push(failure.slice(0, 500));
}
