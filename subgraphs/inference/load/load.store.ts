import type { Database } from '../../../platform/database/database';
import { BASE_SLOT, GATE_SLOT } from './load.sql';

/** Items of a deployment that have not ended. */
export interface DeploymentLoad {
  deploymentId: string;
  /** Those that no worker has begun. */
  waiting: number;
  /** Of these, those of priority 0, which go before all others. */
  waitingFirst: number;
  unfinished: number;
}

/** Slots of processes that are gone are folded once they have been silent for so long. */
const SILENT_AFTER_MINUTES = 10;

/** Reads the counters that every statement of the ledger keeps, and mends them. */
export class LoadStore {
  constructor(private readonly database: Database) {}

  /** In the order of the ids. */
  async byDeployment(ids: readonly string[]): Promise<DeploymentLoad[]> {
    const rows = await this.database.query<DeploymentLoad>({
      name: 'inference-loads',
      text: `select deployment_id as "deploymentId", sum(waiting)::int as waiting, sum(waiting_first)::int as "waitingFirst", sum(unfinished)::int as unfinished
             from deployment_load where deployment_id = any($1::uuid[]) group by deployment_id`,
      values: [ids],
    });
    const byId = new Map(rows.map((row) => [row.deploymentId, row]));
    return ids.map((deploymentId) => byId.get(deploymentId) ?? { deploymentId, waiting: 0, waitingFirst: 0, unfinished: 0 });
  }

  /** Of every deployment that has, or had, jobs. */
  async all(): Promise<{ deploymentId: string; waiting: number }[]> {
    return this.database.query({
      text: 'select deployment_id as "deploymentId", sum(waiting)::int as waiting from deployment_load group by deployment_id', values: [],
    });
  }

  /** Makes the rows that submits under a limit lock. */
  async makeGates(deploymentIds: readonly string[]): Promise<void> {
    await this.database.query({
      text: `insert into deployment_load (deployment_id, slot, waiting, waiting_first, unfinished)
             select distinct id, '${GATE_SLOT}', 0, 0, 0 from unnest($1::uuid[]) as w(id) order by id on conflict do nothing`,
      values: [deploymentIds],
    });
  }

  /** Moves what silent slots hold to one row; the sum stays as it is. */
  async fold(): Promise<void> {
    await this.database.query({
      text: `with silent as (
               delete from deployment_load where slot like '%/%' and told_at < now() - $1 * interval '1 minute' returning *
             )
             insert into deployment_load as l (deployment_id, slot, waiting, waiting_first, unfinished)
             select deployment_id, '${BASE_SLOT}', sum(waiting), sum(waiting_first), sum(unfinished) from silent group by deployment_id order by deployment_id
             on conflict (deployment_id, slot) do update
             set waiting = l.waiting + excluded.waiting, waiting_first = l.waiting_first + excluded.waiting_first, unfinished = l.unfinished + excluded.unfinished`,
      values: [SILENT_AFTER_MINUTES],
    });
  }

  /**
   * Counts the work that there is, and adds the difference where the counters say otherwise: after a day of jobs was dropped with some of them unfinished, or
   * someone has written to the tables by hand. One statement sees counters and work as of one instant, so others may go on meanwhile.
   * @returns how many deployments were wrong
   */
  async recount(): Promise<number> {
    const rows = await this.database.query({ text: RECOUNT, values: [] });
    return rows.length;
  }
}

const RECOUNT = `
with counted as (
  select j.deployment_id, coalesce(sum(c.item_count) filter (where c.status = 'QUEUED'), 0) as waiting,
    coalesce(sum(c.item_count) filter (where c.status = 'QUEUED' and j.priority = 0), 0) as waiting_first, sum(c.item_count) as unfinished
  from job_chunk c join job j on j.id = c.job_id where c.status in ('QUEUED', 'RUNNING') group by j.deployment_id
),
told as (
  select deployment_id, sum(waiting) as waiting, sum(waiting_first) as waiting_first, sum(unfinished) as unfinished from deployment_load group by deployment_id
),
drift as (
  select deployment_id, coalesce(c.waiting, 0) - coalesce(t.waiting, 0) as waiting, coalesce(c.waiting_first, 0) - coalesce(t.waiting_first, 0) as waiting_first,
    coalesce(c.unfinished, 0) - coalesce(t.unfinished, 0) as unfinished
  from counted c full join told t using (deployment_id)
)
insert into deployment_load as l (deployment_id, slot, waiting, waiting_first, unfinished)
select deployment_id, '${BASE_SLOT}', waiting, waiting_first, unfinished from drift where (waiting, waiting_first, unfinished) <> (0, 0, 0) order by deployment_id
on conflict (deployment_id, slot) do update
set waiting = l.waiting + excluded.waiting, waiting_first = l.waiting_first + excluded.waiting_first, unfinished = l.unfinished + excluded.unfinished
returning l.deployment_id`;
