import type { Database } from '../../../platform/database/database';
import type { CommittedVersion } from './version.commit';

export interface UncommittedVersion extends CommittedVersion {
  id: string;
  modelId: string;
  namespace: string;
  /** Of the push that brought it; null when it came without Git. */
  pushedCommit: string | null;
  /** Whether a version with a higher number has its commit already. */
  isLate: boolean;
}

export function findUncommitted(database: Database, modelId: string): Promise<UncommittedVersion[]> {
  return database.query<UncommittedVersion>({
    name: 'registry-uncommitted-versions',
    text: `select v.id, v.model_id as "modelId", v.namespace, v.number, v.digest, v.size_bytes::float8 as "sizeBytes", v.created_by as "createdById",
             v.created_at as "createdAt", p.commit as "pushedCommit",
             exists (select 1 from model_version l where l.model_id = v.model_id and l.number > v.number and l.commit is not null) as "isLate"
           from model_version v left join repository_push p on p.version_id = v.id
           where v.model_id = $1 and v.commit is null order by v.number`,
    values: [modelId],
  });
}

/** Ends the version's wait, and gives its file to the repository, whose commit names it. */
export async function setCommit(database: Database, { id, modelId, namespace, digest, sizeBytes }: UncommittedVersion, commit: string): Promise<void> {
  await database.transaction(async (manager) => {
    await manager.query(
      `insert into repository_object (model_id, namespace, digest, size_bytes, pushed_at) values ($1, $2, $3, $4, now())
       on conflict (model_id, digest) do update set pushed_at = coalesce(repository_object.pushed_at, now())`,
      [modelId, namespace, digest, sizeBytes],
    );
    await manager.query('update model_version set commit = $2 where id = $1 and commit is null', [id, commit]);
    await manager.query('delete from repository_push where version_id = $1', [id]);
  });
}
