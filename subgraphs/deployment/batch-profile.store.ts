import type { Database } from '../../platform/database/database';
import { BatchTime } from './batching';
import type { BatchProfile } from './worker.contract';

/** The columns of a `batch_profile` row as a `BatchProfile`; null where there is no such row. */
export const BATCH_PROFILE_COLUMN = `
  case when profile.revision_id is not null then jsonb_build_object(
    'table', profile."table", 'chosenMaxBatch', profile.chosen_max_batch, 'gain', profile.gain,
    'maxRelativeError', profile.max_relative_error, 'reason', profile.reason) end as profile`;

/** Found again by worker name and host: a restarted worker need not measure again, one that moved to another machine must. */
export async function writeProfile(database: Database, workerId: string, replicaId: string, profile: BatchProfile): Promise<void> {
  await database.query({
    name: 'batch-profile',
    text: `insert into batch_profile (revision_id, worker_name, host, device, "table", chosen_max_batch, gain, max_relative_error, reason)
           select replica.revision_id, worker.name, worker.host, replica.device, $3::jsonb, $4, $5, $6, $7
           from replica join worker on worker.id = replica.worker_id where replica.id = $2 and worker.id = $1
           on conflict (revision_id, worker_name, host, device) do update set
             "table" = excluded."table", chosen_max_batch = excluded.chosen_max_batch, gain = excluded.gain,
             max_relative_error = excluded.max_relative_error, reason = excluded.reason, measured_at = now()`,
    values: [
      workerId, replicaId, JSON.stringify(profile.table), profile.chosenMaxBatch, profile.gain, profile.maxRelativeError, profile.reason,
    ],
  });
}

export interface NewestProfile extends BatchProfile {
  table: BatchTime[];
  device: string;
  measuredAt: Date;
}

/** Of each revision what was measured last, wherever; null where nothing was yet. */
export async function newestProfiles(database: Database, revisionIds: readonly string[]): Promise<(NewestProfile | null)[]> {
  const rows = await database.query<NewestProfile & { revisionId: string }>({
    name: 'newest-batch-profiles',
    text: `select distinct on (revision_id) revision_id as "revisionId", device, "table", chosen_max_batch as "chosenMaxBatch", gain,
             max_relative_error as "maxRelativeError", reason, measured_at as "measuredAt"
           from batch_profile where revision_id = any($1) order by revision_id, measured_at desc`,
    values: [revisionIds],
  });
  const byRevision = new Map(rows.map(({ table, ...row }) => [row.revisionId, { ...row, table: table.map((time) => Object.assign(new BatchTime(), time)) }]));
  return revisionIds.map((id) => byRevision.get(id) ?? null);
}
