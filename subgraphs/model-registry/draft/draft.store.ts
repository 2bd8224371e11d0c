import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { StoredArtifact } from '../artifacts/artifact-store';
import { requireApart, VERSION_FILES_MAX } from '../version/file-path';
import { PlatformError } from '../../../platform/errors';
import type { FileFacts } from '../version/version-file';

/** Locks a draft that can still be changed; false when it was published, has expired or was never there. */
export async function lockOpenDraft(manager: EntityManager, id: string): Promise<boolean> {
  const rows: unknown[] = await manager.query('select 1 from version_draft where id = $1 and version_id is null and expires_at > now() for update', [id]);
  return rows.length > 0;
}

export function findDraftFiles(manager: Pick<EntityManager, 'query'>, id: string): Promise<FileFacts[]> {
  return manager.query('select path, digest, size_bytes::float8 as "sizeBytes" from draft_file where draft_id = $1 order by path collate "C"', [id]);
}

/** Of a locked draft. @throws BAD_USER_INPUT when the path is taken, or cannot lie beside the others */
export async function addDraftFile(manager: EntityManager, draft: { id: string; namespace: string }, { path, digest, sizeBytes }: StoredArtifact & { path: string }): Promise<void> {
  const files = await findDraftFiles(manager, draft.id);
  requireRoom(files.map((file) => file.path), path);
  await manager.query('insert into draft_file (draft_id, path, namespace, digest, size_bytes) values ($1, $2, $3, $4, $5)', [draft.id, path, draft.namespace, digest, sizeBytes]);
}

/** @throws BAD_USER_INPUT */
export function requireRoom(paths: readonly string[], path: string): void {
  if (paths.length >= VERSION_FILES_MAX) throw new PlatformError('BAD_USER_INPUT', `A version holds at most ${VERSION_FILES_MAX} files.`);
  requireApart([...paths, path]);
}

export async function closeDraft(manager: EntityManager, id: string, versionId: string): Promise<void> {
  await manager.query('update version_draft set version_id = $2 where id = $1', [id, versionId]);
  await manager.query('delete from draft_file where draft_id = $1', [id]);
}

/** Drafts that were never published and have been useless for a day, with their files and uploads; the store collects what they alone held. */
export async function deleteExpiredDrafts(database: Database): Promise<void> {
  await database.query({ text: `delete from version_draft where version_id is null and expires_at < now() - interval '1 day'`, values: [] });
}
