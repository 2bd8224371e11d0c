import type { Database } from '../../../platform/database/database';
import type { FileFacts } from '../version/version-file';
import type { CommittedVersion } from './version.commit';

export interface UncommittedVersion extends CommittedVersion {
  id: string;
  modelId: string;
  namespace: string;
  digest: string;
  sizeBytes: number;
  /** Of the push that brought it; null when it came without Git. */
  pushedCommit: string | null;
  /** Whether a version with a higher number has its commit already. */
  isLate: boolean;
}

export function findUncommitted(database: Database, modelId: string): Promise<UncommittedVersion[]> {
  return database.query<UncommittedVersion>({
    name: 'registry-uncommitted-versions',
    text: `select v.id, v.model_id as "modelId", v.namespace, v.number, v.path, v.digest, v.size_bytes::float8 as "sizeBytes", v.created_by as "createdById",
             v.created_at as "createdAt", p.commit as "pushedCommit",
             exists (select 1 from model_version l where l.model_id = v.model_id and l.number > v.number and l.commit is not null) as "isLate"
           from model_version v left join repository_push p on p.version_id = v.id
           where v.model_id = $1 and v.commit is null order by v.number`,
    values: [modelId],
  });
}

/** The files of a version and of the one before it. */
export async function findCommitFiles(database: Database, { modelId, number }: { modelId: string; number: number }): Promise<{ now: FileFacts[]; before: FileFacts[] }> {
  const rows = await database.query<FileFacts & { number: number }>({
    name: 'registry-commit-files',
    text: `with wanted as (select id, number, path, digest, size_bytes from model_version where model_id = $1 and number <= $2 order by number desc limit 2)
           select number, path, digest, size_bytes::float8 as "sizeBytes" from (
             select number, path, digest, size_bytes from wanted
             union all
             select w.number, f.path, f.digest, f.size_bytes from wanted w join version_file f on f.version_id = w.id) f
           order by path collate "C"`,
    values: [modelId, number],
  });
  return { now: rows.filter((row) => row.number === number), before: rows.filter((row) => row.number < number) };
}

/** Ends the version's wait, and gives its files to the repository, whose commit names them. */
export async function setCommit(database: Database, { id, modelId, namespace, digest, sizeBytes }: UncommittedVersion, commit: string): Promise<void> {
  await database.transaction(async (manager) => {
    await manager.query(
      `insert into repository_object (model_id, namespace, digest, size_bytes, pushed_at)
       select $1, $2, f.digest, max(f.size_bytes), now()
       from (values ($3, $4::bigint) union all select digest, size_bytes from version_file where version_id = $5) as f (digest, size_bytes) group by f.digest
       on conflict (model_id, digest) do update set pushed_at = coalesce(repository_object.pushed_at, now())`,
      [modelId, namespace, digest, sizeBytes, id],
    );
    await manager.query('update model_version set commit = $2 where id = $1 and commit is null', [id, commit]);
    await manager.query('delete from repository_push where version_id = $1', [id]);
  });
}
