import type { Database } from '../../../platform/database/database';
import type { MetricRow, MetricSums } from './metric-row';

/** The step of the stored rows. */
export const STEP_MS = 10_000;
/** Rows older than this are folded to longer steps: a month of short ones would take seconds to sum. */
export const FINE_MS = 2 * 3_600_000;
export const COARSE_STEP_MS = 300_000;
/** A round looks so far back, for what a platform that was away left unfolded. */
const FOLD_BACK_DAYS = 2;

const SUMS = `
  sum(finished)::float8 as finished, sum(failed)::float8 as failed, sum(latency_ms) as "latencyMs", sum(queued_ms) as "queuedMs", sum(compute_ms) as "computeMs",
  sum(saved_ms) as "savedMs", sum(cached)::float8 as cached, sum(coalesced)::float8 as coalesced, sum_counts(drops)::float8[] as drops, sum_counts(latency)::float8[] as latency, sum_counts(compute)::float8[] as compute`;

const INSERT = 'insert into deployment_metric as m (deployment_id, at, finished, failed, latency_ms, queued_ms, compute_ms, saved_ms, cached, coalesced, drops, latency, compute)';

const ON_CONFLICT = `
  on conflict (deployment_id, at) do update set
    finished = m.finished + excluded.finished, failed = m.failed + excluded.failed, latency_ms = m.latency_ms + excluded.latency_ms,
    queued_ms = m.queued_ms + excluded.queued_ms, compute_ms = m.compute_ms + excluded.compute_ms, saved_ms = m.saved_ms + excluded.saved_ms,
    cached = m.cached + excluded.cached, coalesced = m.coalesced + excluded.coalesced,
    drops = add_counts(m.drops, excluded.drops), latency = add_counts(m.latency, excluded.latency), compute = add_counts(m.compute, excluded.compute)`;

const ADD = `${INSERT}
  select "deploymentId", at, finished, failed, "latencyMs", "queuedMs", "computeMs", "savedMs", cached, coalesced, drops, latency, compute
  from json_to_recordset($1::json) as r("deploymentId" uuid, at timestamptz, finished bigint, failed bigint, "latencyMs" float8, "queuedMs" float8,
    "computeMs" float8, "savedMs" float8, cached bigint, coalesced bigint, drops bigint[], latency bigint[], compute bigint[])
  order by 1, 2 ${ON_CONFLICT}`;

/** What lies on the longer step already stays, and takes the others in. */
const FOLD = `
  with fine as (
    delete from deployment_metric where at < $1 and at > $1::timestamptz - $2 * interval '1 day' and at <> date_bin($3 * interval '1 ms', at, 'epoch') returning *
  )
  ${INSERT}
  select deployment_id, date_bin($3 * interval '1 ms', at, 'epoch'), sum(finished), sum(failed), sum(latency_ms), sum(queued_ms), sum(compute_ms), sum(saved_ms), sum(cached), sum(coalesced),
    sum_counts(drops), sum_counts(latency), sum_counts(compute)
  from fine group by 1, 2 order by 1, 2 ${ON_CONFLICT}`;

/** The roll-ups of all deployments, to which every process adds. */
export class MetricStore {
  constructor(private readonly database: Database) {}

  /** Adds the rows to what others have counted; in one order everywhere, so that no two statements wait for each other. */
  async add(rows: readonly MetricRow[]): Promise<void> {
    // JSON arrays become Postgres arrays one by one: json_to_recordset reads them as such.
    await this.database.query({ name: 'inference-metrics-add', text: ADD, values: [JSON.stringify(rows)] });
  }

  /** The sums over each step since an instant, where something happened, in the order of time. */
  async since(deploymentIds: readonly string[], { from, stepMs }: { from: Date; stepMs: number }): Promise<MetricRow[]> {
    return this.database.query<MetricRow>({
      name: 'inference-metrics',
      text: `select deployment_id as "deploymentId", date_bin($3 * interval '1 ms', at, $2) as at, ${SUMS} from deployment_metric
             where deployment_id = any($1::uuid[]) and at >= $2 group by 1, 2 order by 1, 2`,
      values: [deploymentIds, from, stepMs],
    });
  }

  /** The sums since an instant; null where nothing happened. In the order of the ids. */
  async total(deploymentIds: readonly string[], from: Date): Promise<(MetricSums | null)[]> {
    const rows = await this.database.query<MetricRow>({
      name: 'inference-metrics-total',
      text: `select deployment_id as "deploymentId", ${SUMS} from deployment_metric where deployment_id = any($1::uuid[]) and at >= $2 group by 1`,
      values: [deploymentIds, from],
    });
    const byId = new Map(rows.map((row) => [row.deploymentId, row]));
    return deploymentIds.map((id) => byId.get(id) ?? null);
  }

  /** Folds what is older than two hours to steps of five minutes; the sums stay as they are. */
  async fold(now: Date): Promise<void> {
    const wholeMs = now.getTime() - FINE_MS - ((now.getTime() - FINE_MS) % COARSE_STEP_MS);
    await this.database.query({ text: FOLD, values: [new Date(wholeMs), FOLD_BACK_DAYS, COARSE_STEP_MS] });
  }

  async forgetBefore(oldest: Date): Promise<void> {
    await this.database.query({ text: 'delete from deployment_metric where at < $1', values: [oldest] });
  }
}
