/** What a verification found; skipped when something it needs is not on this machine. */
export type Verified = { ok: boolean; figures: object } | { skipped: string };
