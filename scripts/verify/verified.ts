/** What a verification found; skipped when something it needs is not on this machine. */
export type Verified = { ok: boolean; figures: { passed?: number; failed?: number; [figure: string]: unknown } } | { skipped: string };
