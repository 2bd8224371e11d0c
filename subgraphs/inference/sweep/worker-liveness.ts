import type { Database } from '../../../platform/database/database';

/** Workers beat every second or so; one that is silent for this long is taken for dead. */
export const HEARTBEAT_LIMIT_MS = 6_000;

export interface WorkerLiveness {
  /** Those of the given workers that are gone, and with `isSilenceTelling` those silent for `HEARTBEAT_LIMIT_MS`. */
  lostAmong(workerIds: readonly string[], settings: { isSilenceTelling: boolean }): Promise<string[]>;
}

/** Reads the heartbeats that workers leave in the deployment subgraph's table. */
export class HeartbeatLiveness implements WorkerLiveness {
  constructor(private readonly database: Database) {}

  async lostAmong(workerIds: readonly string[], { isSilenceTelling }: { isSilenceTelling: boolean }): Promise<string[]> {
    if (workerIds.length === 0) return [];
    const rows = await this.database.query<{ id: string }>({
      name: 'inference-lost-workers',
      text: `select w.id from unnest($1::uuid[]) as w(id)
             where not exists (select from worker where id = w.id and state <> 'GONE' and (not $3 or heartbeat_at > now() - $2 * interval '1 ms'))`,
      values: [workerIds, HEARTBEAT_LIMIT_MS, isSilenceTelling],
    });
    return rows.map(({ id }) => id);
  }
}
