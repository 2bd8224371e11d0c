import type { EntityManager } from 'typeorm';
import type { EventBus } from '../../../platform/bus/event-bus';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { AuditLog } from '../../identity';
import { linkArtifact } from '../artifacts/artifact-links';
import type { ArtifactStore, StoredArtifact } from '../artifacts/artifact-store';
import { tooLarge } from '../artifacts/measured-bytes';
import { insertVersion } from '../version/version.store';
import { uploadTokenDigest } from './upload.service';
import { closeUpload, findOpenUpload, lockOpenUpload, type OpenUpload } from './upload.store';

export interface ReceiverParts {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  artifacts: ArtifactStore;
  maxBytes: number;
  /** Called after the transaction, with work for the inspector and the repository; awaited, so that a client that has its answer can clone. */
  onVersion: (modelId: string) => Promise<void>;
}

/**
 * Takes the bytes of `PUT /uploads/<token>`. The URL is the permission. Its version, with its number, appears in the transaction that
 * follows the last byte; before, nothing is visible, and the same URL may be tried again.
 */
export class UploadReceiver {
  constructor(private readonly parts: ReceiverParts) {}

  /** @throws BAD_USER_INPUT, UPLOAD_NOT_FOUND, UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE, MODEL_ARCHIVED */
  async receive(token: string, { body, headers, signal, scope }: ByteRequest): Promise<ByteReply> {
    const { database, artifacts, bus, maxBytes, onVersion } = this.parts;
    const upload = await findOpenUpload(database, uploadTokenDigest(token));
    if (!upload) throw unusable();
    if (headers['content-range'] !== undefined) throw new PlatformError(
      'BAD_USER_INPUT', 'The whole file was expected in one request; a Content-Range came.',
    );
    const sizeBytes = readLength(headers['content-length'], upload, maxBytes);
    const artifact = await artifacts.write(body, { maxBytes, sizeBytes, digest: upload.digest, signal });
    const version = await database.transaction((manager) => this.#complete(manager, { upload, artifact, requestId: scope.requestId }));
    bus.publish('model', version.id);
    await onVersion(upload.modelId);
    const receipt = { versionId: version.id, number: version.number, ...artifact, state: 'INSPECTING' };
    return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(receipt) };
  }

  async #complete(manager: EntityManager, { upload, artifact, requestId }: { upload: OpenUpload; artifact: StoredArtifact; requestId: string }) {
    const { namespace, modelId, createdById } = upload;
    if (!await lockOpenUpload(manager, upload.id)) throw unusable();
    await linkArtifact(manager, namespace, artifact);
    if (!await this.parts.artifacts.stat(artifact.digest)) throw collected();
    const version = await insertVersion(manager, { modelId, namespace, createdById, ...artifact });
    if (!version) throw new PlatformError('MODEL_ARCHIVED', 'The model was archived during the upload; nothing was kept.');
    await closeUpload(manager, upload.id, version.id);
    const scope = { requestId, caller: { principalId: createdById } };
    const details = { upload: upload.id, number: version.number, ...artifact };
    await this.parts.audit.record(manager, {
      scope, namespace, action: 'completeUpload', subjectType: 'ModelVersion', subjectId: version.id, details,
    });
    return version;
  }
}

/** Refuses by the header alone what could only fail after gigabytes. Answers the size that the body must have, null when nobody told. */
function readLength(header: string | undefined, { sizeBytes: announced }: OpenUpload, maxBytes: number): number | null {
  if (header === undefined) return announced;
  const length = Number(header);
  if (length > maxBytes) throw tooLarge(maxBytes);
  if (announced !== null && announced !== length) {
    throw new PlatformError('UPLOAD_INCOMPLETE', `${announced} bytes were announced, the request has ${length}.`, {
      announcedBytes: announced, receivedBytes: length,
    });
  }
  return length;
}

/** Equal bytes lay there unlinked for long, and were cleared between their arrival and their link. */
function collected(): PlatformError {
  return new PlatformError('UPLOAD_INCOMPLETE', 'The file was cleared away before it was linked. Send it again to the same URL.');
}

function unusable(): PlatformError {
  return new PlatformError('UPLOAD_NOT_FOUND', 'The upload URL is unknown, used up or expired; createUpload makes a new one.');
}
