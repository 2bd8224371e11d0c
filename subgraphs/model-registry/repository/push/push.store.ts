import type { EntityManager } from 'typeorm';
import type { Database } from '../../../../platform/database/database';
import { newId } from '../../../../platform/uuid';
import type { NewFile } from '../../version/version-file.store';

export interface Push {
  id: string;
  modelId: string;
  namespace: string;
  commit: string;
  /** Of the model. */
  path: string;
  digest: string;
  sizeBytes: number;
  /** What lies beside the model. */
  files: NewFile[];
  versionId: string | null;
  createdById: string;
  requestId: string;
  isOld: boolean;
}

export async function insertPush(manager: EntityManager, push: Omit<Push, 'id' | 'versionId' | 'isOld'>): Promise<void> {
  await manager.query(
    `insert into repository_push (id, model_id, namespace, commit, path, digest, size_bytes, files, created_by, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [newId(), push.modelId, push.namespace, push.commit, push.path, push.digest, push.sizeBytes, JSON.stringify(push.files), push.createdById, push.requestId],
  );
}

/** Those without a version, oldest first. One that is old is no longer about to move its refs. */
export function findOpenPushes(database: Database, modelId: string): Promise<Push[]> {
  return database.query<Push>({
    name: 'registry-open-pushes',
    text: `select id, model_id as "modelId", namespace, commit, path, digest, size_bytes::float8 as "sizeBytes", files, version_id as "versionId",
             created_by as "createdById", request_id as "requestId", created_at < now() - interval '1 hour' as "isOld"
           from repository_push where model_id = $1 and version_id is null order by created_at, id`,
    values: [modelId],
  });
}

/** Locks it; false when another process has made its version. */
export async function lockOpenPush(manager: EntityManager, id: string): Promise<boolean> {
  const rows: unknown[] = await manager.query('select 1 from repository_push where id = $1 and version_id is null for update', [id]);
  return rows.length > 0;
}

export async function markPush(manager: EntityManager, id: string, versionId: string): Promise<void> {
  await manager.query('update repository_push set version_id = $2 where id = $1', [id, versionId]);
}

export async function deletePush(database: Database, id: string): Promise<void> {
  await database.query({ text: 'delete from repository_push where id = $1', values: [id] });
}
