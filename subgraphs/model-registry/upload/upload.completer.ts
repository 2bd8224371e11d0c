import { buffer } from 'node:stream/consumers';
import type { EntityManager } from 'typeorm';
import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { AuditLog } from '../../identity';
import { linkArtifact } from '../artifacts/artifact-links';
import type { ArtifactStore, StoredArtifact } from '../artifacts/artifact-store';
import { addDraftFile, lockOpenDraft } from '../draft/draft.store';
import { unknownDraft } from '../draft/draft.service';
import { POINTER_MAX_BYTES, readPointer } from '../repository/lfs/lfs-pointer';
import { insertVersion } from '../version/version.store';
import { closeUpload, lockOpenUpload, type OpenUpload } from './upload.store';

export interface CompleterParts {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  artifacts: ArtifactStore;
  /** Called after the transaction, with work for the inspector and the repository; awaited, so that a client that has its answer can clone. */
  onVersion: (modelId: string) => Promise<void>;
}

/** What became of an upload: a version, or a file of a draft. */
export type UploadOutcome = { versionId: string; number: number; state: 'INSPECTING' } | { draftId: string; path: string };

/** Makes of bytes that have all arrived what they were sent for, in one transaction, whichever way they came. */
export class UploadCompleter {
  constructor(private readonly parts: CompleterParts) {}

  /** @throws UPLOAD_NOT_FOUND when another body was complete first, UPLOAD_INCOMPLETE, MODEL_ARCHIVED, BAD_USER_INPUT when its path is taken */
  async complete(upload: OpenUpload, artifact: StoredArtifact, requestId: string): Promise<UploadOutcome> {
    if (upload.draftId !== null) await this.#refusePointer(artifact);
    const outcome = await this.parts.database.transaction((manager) => this.#complete(manager, { upload, artifact, requestId }));
    if ('versionId' in outcome) {
      this.parts.bus.publish('model', outcome.versionId);
      await this.parts.onVersion(upload.modelId);
    }
    return outcome;
  }

  /** What lies in the working copy of someone who has no Git LFS; clients that have it would take it for the file that it names. */
  async #refusePointer({ digest, sizeBytes }: StoredArtifact): Promise<void> {
    if (sizeBytes > POINTER_MAX_BYTES || !readPointer(await buffer(await this.parts.artifacts.read(digest)))) return;
    throw new PlatformError('BAD_USER_INPUT', 'This is a Git LFS pointer and not the file itself; "git lfs pull" fetches that.');
  }

  async #complete(manager: EntityManager, { upload, artifact, requestId }: { upload: OpenUpload; artifact: StoredArtifact; requestId: string }): Promise<UploadOutcome> {
    const { namespace, createdById } = upload;
    if (!await lockOpenUpload(manager, upload.id)) throw unusable();
    await linkArtifact(manager, namespace, artifact);
    if (!await this.parts.artifacts.stat(artifact.digest)) throw collected();
    const outcome = await this.#place(manager, upload, artifact);
    await closeUpload(manager, upload.id, { versionId: 'versionId' in outcome ? outcome.versionId : null, ...artifact });
    const subject = 'versionId' in outcome ? { subjectType: 'ModelVersion', subjectId: outcome.versionId } : { subjectType: 'VersionDraft', subjectId: outcome.draftId };
    await this.parts.audit.record(manager, {
      scope: { requestId, caller: { principalId: createdById } }, namespace, action: 'completeUpload', ...subject,
      details: { upload: upload.id, ...('versionId' in outcome ? { number: outcome.number } : { path: outcome.path }), ...artifact },
    });
    return outcome;
  }

  async #place(manager: EntityManager, { draftId, path, modelId, namespace, createdById }: OpenUpload, artifact: StoredArtifact): Promise<UploadOutcome> {
    if (draftId !== null && path !== null) {
      if (!await lockOpenDraft(manager, draftId)) throw unknownDraft(draftId);
      await addDraftFile(manager, { id: draftId, namespace }, { path, ...artifact });
      return { draftId, path };
    }
    const version = await insertVersion(manager, { modelId, namespace, createdById, ...artifact, files: 'INHERITED' });
    if (!version) throw new PlatformError('MODEL_ARCHIVED', 'The model was archived during the upload; nothing was kept.');
    return { versionId: version.id, number: version.number, state: 'INSPECTING' };
  }
}

/** Equal bytes lay there unlinked for long, and were cleared between their arrival and their link. */
function collected(): PlatformError {
  return new PlatformError('UPLOAD_INCOMPLETE', 'The file was cleared away before it was linked. Send it again to the same URL.');
}

export function unusable(): PlatformError {
  return new PlatformError('UPLOAD_NOT_FOUND', 'The upload URL is unknown, used up or expired; createUpload makes a new one.');
}
