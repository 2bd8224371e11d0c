/** What every drill ends with: the client's own ledger against what SQL recounts. */
export interface DrillResult {
  drill: string;
  ok: boolean;
  figures: { accepted: number; finished: number; lost: number; duplicated: number; faults: number; [figure: string]: unknown };
}
