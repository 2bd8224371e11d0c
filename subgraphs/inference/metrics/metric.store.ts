import type { Database } from '../../../platform/database/database';
import type { MetricRow, MetricSums } from './metric-row';

/** The step of the stored rows. */
export const STEP_MS = 10_000;

const SUMS = `
  sum(finished)::float8 as finished, sum(failed)::float8 as failed, sum(latency_ms) as "latencyMs", sum(queued_ms) as "queuedMs", sum(compute_ms) as "computeMs",
  sum(saved_ms) as "savedMs", sum_counts(drops)::float8[] as drops, sum_counts(latency)::float8[] as latency, sum_counts(compute)::float8[] as compute`;

const ADD = `
  insert into deployment_metric as m (deployment_id, at, finished, failed, latency_ms, queued_ms, compute_ms, saved_ms, drops, latency, compute)
  select "deploymentId", at, finished, failed, "latencyMs", "queuedMs", "computeMs", "savedMs", drops, latency, compute
  from json_to_recordset($1::json) as r("deploymentId" uuid, at timestamptz, finished bigint, failed bigint, "latencyMs" float8, "queuedMs" float8,
    "computeMs" float8, "savedMs" float8, drops bigint[], latency bigint[], compute bigint[])
  order by 1, 2
  on conflict (deployment_id, at) do update set
    finished = m.finished + excluded.finished, failed = m.failed + excluded.failed, latency_ms = m.latency_ms + excluded.latency_ms,
    queued_ms = m.queued_ms + excluded.queued_ms, compute_ms = m.compute_ms + excluded.compute_ms, saved_ms = m.saved_ms + excluded.saved_ms,
    drops = add_counts(m.drops, excluded.drops), latency = add_counts(m.latency, excluded.latency), compute = add_counts(m.compute, excluded.compute)`;

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

  async forgetBefore(oldest: Date): Promise<void> {
    await this.database.query({ text: 'delete from deployment_metric where at < $1', values: [oldest] });
  }
}
