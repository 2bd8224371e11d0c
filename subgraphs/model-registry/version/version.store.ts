import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { ErrorCode } from '../../../platform/errors';
import { statesBefore } from '../../../platform/lifecycle';
import type { Signature } from '../../../platform/tensor/tensor';
import { newId } from '../../../platform/uuid';
import type { StoredArtifact } from '../artifacts/artifact-store';
import type { GraphFacts } from './graph-facts';
import { findNewestFiles, insertFiles, type NewFile } from './version-file.store';
import { VERSION_LIFECYCLE, type VersionState } from './version.lifecycle';

export interface NewVersion extends StoredArtifact {
  modelId: string;
  namespace: string;
  createdById: string;
  /** Where the model lies and what lies beside it. INHERITED: it takes the place of the model before it, whose neighbours stay, as in Git. */
  files: 'INHERITED' | { path: string; beside: readonly NewFile[] };
}

const ALONE = { path: 'model.onnx', beside: [] };

/** Takes the model's next number under its row lock and inserts the version with its files; null when the model was archived. */
export async function insertVersion(manager: EntityManager, version: NewVersion): Promise<{ id: string; number: number } | null> {
  const number = await takeNumber(manager, version.modelId);
  if (number === null) return null;
  const { modelId, namespace, digest, sizeBytes, createdById } = version;
  const { path, beside } = version.files === 'INHERITED' ? await findNewestFiles(manager, modelId) ?? ALONE : version.files;
  const id = newId();
  await manager.query(
    // The clock under the model's lock, not now(): versions listed by time stand in the order of their numbers.
    `insert into model_version (id, model_id, namespace, number, path, digest, size_bytes, state, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'INSPECTING', $8, clock_timestamp())`,
    [id, modelId, namespace, number, path, digest, sizeBytes, createdById],
  );
  await insertFiles(manager, { id, namespace }, beside);
  return { id, number };
}

async function takeNumber(manager: EntityManager, modelId: string): Promise<number | null> {
  const [rows]: [{ number: number }[], number] = await manager.query(
    'update model set last_version_number = last_version_number + 1 where id = $1 and archived_at is null returning last_version_number as number',
    [modelId],
  );
  return rows[0]?.number ?? null;
}

export interface PendingInspection {
  id: string;
  path: string;
  digest: string;
  sizeBytes: number;
  attempts: number;
}

/**
 * The oldest version that waits for inspection, its attempt counted before the work begins: a file that kills the process is not tried
 * for ever.
 */
export async function takeInspection(database: Database): Promise<PendingInspection | null> {
  const [pending] = await database.query<PendingInspection>({
    name: 'registry-take-inspection',
    text: `update model_version set inspection_attempts = inspection_attempts + 1
           where id = (select id from model_version where state = 'INSPECTING' order by inspection_attempts, created_at limit 1)
           returning id, path, digest, size_bytes::float8 as "sizeBytes", inspection_attempts as attempts`,
    values: [],
  });
  return pending ?? null;
}

/** An attempt that the store ended, and not the file, does not count. */
export async function returnInspection(database: Database, id: string): Promise<void> {
  await database.query({
    name: 'registry-return-inspection',
    text: `update model_version set inspection_attempts = inspection_attempts - 1 where id = $1 and state = 'INSPECTING'`,
    values: [id],
  });
}

export type InspectionOutcome =
  | { state: 'READY'; signature: Signature; graph: GraphFacts }
  | { state: 'REJECTED'; signature: Signature | null; graph: GraphFacts | null; code: ErrorCode; message: string };

/** Compare-and-set: false when the version is no longer being inspected. */
export async function settleInspection(database: Database, id: string, outcome: InspectionOutcome): Promise<boolean> {
  const error = outcome.state === 'REJECTED' ? outcome : { code: null, message: null };
  const changed = await database.query({
    name: 'registry-settle-inspection',
    text: `update model_version set state = $2, signature = $3, graph = $4, error_code = $5, error_message = $6, updated_at = now()
           where id = $1 and state = any($7) returning id`,
    values: [
      id, outcome.state, asJson(outcome.signature), asJson(outcome.graph), error.code, error.message,
      statesBefore(VERSION_LIFECYCLE, outcome.state),
    ],
  });
  return changed.length > 0;
}

/** Compare-and-set: false when the version is in no state that leads to `to`. */
export async function moveVersion(manager: EntityManager, id: string, to: VersionState): Promise<boolean> {
  const [, count]: [unknown, number] = await manager.query(
    'update model_version set state = $2, updated_at = now() where id = $1 and state = any($3)',
    [id, to, statesBefore(VERSION_LIFECYCLE, to)],
  );
  return count > 0;
}

function asJson(value: object | null): string | null {
  return value && JSON.stringify(value);
}
