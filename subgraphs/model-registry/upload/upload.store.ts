import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { StoredArtifact } from '../artifacts/artifact-store';

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

/** An upload in whatever state. */
export interface KnownUpload extends OpenUpload {
  isCompleted: boolean;
  isExpired: boolean;
  expiresAt: Date;
  /** What a tus client said of it, as it did. */
  metadata: string | null;
}

/** By its id or by its token. */
export async function findUpload(database: Database, { id = null, tokenSha256 = null }: { id?: string | null; tokenSha256?: Buffer | null }): Promise<KnownUpload | null> {
  const [upload] = await database.query<KnownUpload>({
    name: 'registry-find-upload',
    text: `select id, model_id as "modelId", namespace, created_by as "createdById", size_bytes::float8 as "sizeBytes", digest, draft_id as "draftId", path,
             completed_at is not null as "isCompleted", expires_at < now() as "isExpired", expires_at as "expiresAt", metadata
           from upload where id = $1 or token_sha256 = $2`,
    values: [id, tokenSha256],
  });
  return upload ?? null;
}

/** What goes on does not expire. */
export async function extendUpload(database: Database, id: string, ttlMs: number): Promise<void> {
  await database.query({ text: `update upload set expires_at = greatest(expires_at, now() + $2 * interval '1 millisecond') where id = $1`, values: [id, ttlMs] });
}

/** Unless it is complete. */
export async function deleteUpload(database: Database, id: string): Promise<void> {
  await database.query({ text: 'delete from upload where id = $1 and completed_at is null', values: [id] });
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

export async function closeUpload(manager: EntityManager, id: string, { versionId, digest, sizeBytes }: StoredArtifact & { versionId: string | null }): Promise<void> {
  await manager.query('update upload set version_id = $2, digest = $3, size_bytes = $4, completed_at = now() where id = $1', [id, versionId, digest, sizeBytes]);
}

/** Uploads that led to nothing and have been useless for a day. */
export async function deleteExpiredUploads(database: Database): Promise<void> {
  await database.query({ text: `delete from upload where completed_at is null and expires_at < now() - interval '1 day'`, values: [] });
}
