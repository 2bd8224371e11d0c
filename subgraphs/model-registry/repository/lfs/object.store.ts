import type { EntityManager } from 'typeorm';
import type { Database } from '../../../../platform/database/database';
import { linkArtifact, lockDigest } from '../../artifacts/artifact-links';
import type { StoredArtifact } from '../../artifacts/artifact-store';

export interface RepositoryKey {
  modelId: string;
  namespace: string;
}

/** Of these digests, those that the repository has, with their sizes. */
export async function objectsOf(database: Database, modelId: string, digests: readonly string[]): Promise<Map<string, number>> {
  const rows = await database.query<{ digest: string; sizeBytes: number }>({
    name: 'registry-repository-objects',
    text: 'select digest, size_bytes::float8 as "sizeBytes" from repository_object where model_id = $1 and digest = any($2)',
    values: [modelId, digests],
  });
  return new Map(rows.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
}

/** Gives a stored object to a repository, and to its namespace. */
export async function addObject(manager: EntityManager, { modelId, namespace }: RepositoryKey, artifact: StoredArtifact): Promise<void> {
  await linkArtifact(manager, namespace, artifact);
  await manager.query(
    `insert into repository_object (model_id, namespace, digest, size_bytes) values ($1, $2, $3, $4)
     on conflict (model_id, digest) do update set created_at = now()`,
    [modelId, namespace, artifact.digest, artifact.sizeBytes],
  );
}

/** An accepted push names them: they are kept for good. Answers how many of them the repository has. */
export async function keepObjects(manager: EntityManager, modelId: string, digests: readonly string[]): Promise<number> {
  const rows: unknown[] = await manager.query('select 1 from repository_object where model_id = $1 and digest = any($2) for update', [modelId, digests]);
  await manager.query('update repository_object set pushed_at = now() where model_id = $1 and digest = any($2) and pushed_at is null', [modelId, digests]);
  return rows.length;
}

/** Takes back what was uploaded a day ago and named by no push, and the namespace's link with the last of them; the store collects the bytes. */
export async function forgetUnpushed(database: Database): Promise<number> {
  const stale = await database.query<{ modelId: string; namespace: string; digest: string }>({
    text: `select model_id as "modelId", namespace, digest from repository_object where pushed_at is null and created_at < now() - interval '1 day' limit 1000`,
    values: [],
  });
  for (const { modelId, namespace, digest } of stale) await database.transaction(async (manager) => {
    await lockDigest(manager, digest);
    await manager.query('delete from repository_object where model_id = $1 and digest = $2 and pushed_at is null', [modelId, digest]);
    await manager.query(
      `delete from artifact_link a where a.namespace = $1 and a.digest = $2
         and not exists (select 1 from repository_object o where o.namespace = a.namespace and o.digest = a.digest)
         and not exists (select 1 from model_version v where v.namespace = a.namespace and v.digest = a.digest)
         and not exists (select 1 from version_file f where f.namespace = a.namespace and f.digest = a.digest)
         and not exists (select 1 from draft_file d where d.namespace = a.namespace and d.digest = a.digest)`,
      [namespace, digest],
    );
  });
  return stale.length;
}
