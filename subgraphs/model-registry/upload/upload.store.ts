import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';

export interface OpenUpload {
  id: string;
  modelId: string;
  namespace: string;
  createdById: string;
  /** What was announced, if anything. */
  sizeBytes: number | null;
  digest: string | null;
  /** Where the file goes; null where it becomes a version by itself. */
  draftId: string | null;
  path: string | null;
}

/** The upload with this token that may still be used. */
export async function findOpenUpload(database: Database, tokenSha256: Buffer): Promise<OpenUpload | null> {
  const [upload] = await database.query<OpenUpload>({
    name: 'registry-find-open-upload',
    text: `select id, model_id as "modelId", namespace, created_by as "createdById", size_bytes::float8 as "sizeBytes", digest, draft_id as "draftId", path
           from upload where token_sha256 = $1 and completed_at is null and expires_at > now()`,
    values: [tokenSha256],
  });
  return upload ?? null;
}

/** Locks the upload: of two bodies sent to one URL, the one that is complete first counts. False when another did. */
export async function lockOpenUpload(manager: EntityManager, id: string): Promise<boolean> {
  const rows: unknown[] = await manager.query('select 1 from upload where id = $1 and completed_at is null for update', [id]);
  return rows.length > 0;
}

export async function closeUpload(manager: EntityManager, id: string, versionId: string | null): Promise<void> {
  await manager.query('update upload set version_id = $2, completed_at = now() where id = $1', [id, versionId]);
}

/** Uploads that led to nothing and have been useless for a day. */
export async function deleteExpiredUploads(database: Database): Promise<void> {
  await database.query({ text: `delete from upload where completed_at is null and expires_at < now() - interval '1 day'`, values: [] });
}
