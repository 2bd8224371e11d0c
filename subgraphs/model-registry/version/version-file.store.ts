import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { groupBy } from '../../../platform/collection/group-by';
import type { FileFacts, VersionFile } from './version-file';

/** A file with its name in Git, null where it did not come by a push. */
export interface NewFile extends FileFacts {
  blob?: string | null;
}

/** What lies beside the model of each version, by path; one statement. */
export async function findFilesBeside(database: Database, versionIds: readonly string[]): Promise<Map<string, VersionFile[]>> {
  const rows = await database.query<VersionFile>({
    name: 'registry-version-files',
    text: `select version_id as "versionId", path, digest, size_bytes::float8 as "sizeBytes" from version_file where version_id = any($1) order by path collate "C"`,
    values: [versionIds],
  });
  return groupBy(rows, ({ versionId }) => versionId);
}

/** Their objects must be linked to the namespace. */
export async function insertFiles(manager: EntityManager, { id, namespace }: { id: string; namespace: string }, files: readonly NewFile[]): Promise<void> {
  if (files.length === 0) return;
  await manager.query(
    `insert into version_file (version_id, namespace, path, digest, size_bytes, blob)
     select $1, $2, f.path, f.digest, f.size_bytes, f.blob from unnest($3::text[], $4::text[], $5::bigint[], $6::text[]) as f (path, digest, size_bytes, blob)`,
    [id, namespace, files.map(({ path }) => path), files.map(({ digest }) => digest), files.map(({ sizeBytes }) => sizeBytes), files.map(({ blob }) => blob ?? null)],
  );
}

/** Of the model's newest version: where its model lies, and what lies beside it; null when there is none. */
export async function findNewestFiles(manager: EntityManager, modelId: string): Promise<{ path: string; beside: NewFile[] } | null> {
  const [newest]: { id: string; path: string }[] = await manager.query(
    'select id, path from model_version where model_id = $1 order by number desc limit 1', [modelId],
  );
  if (!newest) return null;
  const beside: NewFile[] = await manager.query(
    'select path, digest, size_bytes::float8 as "sizeBytes", blob from version_file where version_id = $1', [newest.id],
  );
  return { path: newest.path, beside };
}
