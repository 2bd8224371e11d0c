import { messageOf } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { DropReason, FinishedWork, ReusedWork, SavedReason, WorkRecorder } from '../worker.contract';
import { addSums, addWork, DROP_REASONS, noMetrics, type MetricRow, type MetricSums } from './metric-row';
import { STEP_MS, type MetricStore } from './metric.store';

const FLUSH_MS = 2_000;
/** While the database is away so many rows are kept, and the oldest are forgotten: what was counted is worth less than the memory. */
const MAX_ROWS = 5_000;

/** Counts in memory and adds to the roll-ups every two seconds, all deployments in one statement. */
export class DeploymentMeter implements WorkRecorder {
  #rows = new Map<string, MetricRow>();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;

  constructor(private readonly store: Pick<MetricStore, 'add'>, private readonly log: Log, private readonly now: () => number = Date.now) {}

  finished(work: FinishedWork): void {
    addWork(this.#sums(work.deploymentId), work);
  }

  dropped(deploymentId: string, reason: DropReason, items: number): void {
    this.#sums(deploymentId).drops[DROP_REASONS.indexOf(reason)]! += items;
  }

  reused(deploymentId: string, { servedFrom, items }: ReusedWork): void {
    this.#sums(deploymentId)[servedFrom === 'CACHE' ? 'cached' : 'coalesced'] += items;
  }

  saved(deploymentId: string, _reason: SavedReason, ms: number): void {
    this.#sums(deploymentId).savedMs += ms;
  }

  /** Writes what was counted so far. Never rejects: what could not be written is added by the next one. */
  async flush(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    if (this.#rows.size === 0) return;
    this.#flushing = this.#write().finally(() => { this.#flushing = null; });
    await this.#flushing;
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #write(): Promise<void> {
    const rows = this.#rows;
    this.#rows = new Map();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      await this.store.add([...rows.values()]);
    } catch (error) {
      this.log.warn({ rows: rows.size, reason: messageOf(error) }, 'metrics not written, the next try adds them');
      this.#putBack(rows);
    }
  }

  #putBack(rows: ReadonlyMap<string, MetricRow>): void {
    const newer = this.#rows;
    // The older ones first: they are the first to be forgotten.
    this.#rows = new Map(rows);
    for (const [key, row] of newer) {
      const older = this.#rows.get(key);
      if (older) addSums(older, row);
      else this.#rows.set(key, row);
    }
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= MAX_ROWS) break;
      this.#rows.delete(key);
    }
    this.#schedule();
  }

  #sums(deploymentId: string): MetricSums {
    const at = this.now() - (this.now() % STEP_MS);
    const key = `${deploymentId}/${at}`;
    const known = this.#rows.get(key);
    if (known) return known;
    const begun = { deploymentId, at: new Date(at), ...noMetrics() };
    this.#rows.set(key, begun);
    this.#schedule();
    return begun;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }
}
