import { createHash, randomBytes } from 'node:crypto';
import { hasRole, type Caller, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { isId, newId } from '../../../platform/uuid';
import type { AuditLog } from '../../identity';
import { tooLarge } from '../artifacts/measured-bytes';
import { unknownDraft, type DraftService } from '../draft/draft.service';
import { requireRoom } from '../draft/draft.store';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import { requireFilePath } from '../version/file-path';
import { Upload } from './upload';

export interface UploadSettings {
  /** How clients reach the gateway, without a slash at the end. */
  publicUrl: string;
  /** The largest model file. */
  maxBytes: number;
  /** How long an upload URL stays valid. */
  ttlMs: number;
}

export interface UploadParts {
  database: Database;
  audit: AuditLog;
  models: ModelDirectory;
  drafts: DraftService;
  settings: UploadSettings;
}

/** What is to be sent, and what is known of it. */
export interface NewUpload {
  model: string;
  draft?: string | null;
  path?: string | null;
  sizeBytes?: number | null;
  sha256?: string | null;
  /** What a tus client said of it, as it did. */
  metadata?: string | null;
}

const SHA256 = /^[0-9a-f]{64}$/i;

/** Hands out upload URLs. */
export class UploadService {
  constructor(private readonly parts: UploadParts) {}

  /**
   * @param input `sizeBytes` and `sha256` may announce the file; a body that differs is refused
   * @throws MODEL_NOT_FOUND, FORBIDDEN, MODEL_ARCHIVED, UPLOAD_TOO_LARGE, BAD_USER_INPUT, UPLOAD_NOT_FOUND when the draft is not open
   */
  async create(scope: RequestScope, input: NewUpload): Promise<Upload> {
    const { database, audit, models, settings } = this.parts;
    const model = await models.require(scope.caller, input.model, 'DEVELOPER');
    if (model.archivedAt) throw new PlatformError('MODEL_ARCHIVED', `"${model.fullName}" is archived and takes no new versions.`);
    const announced = readAnnouncement(input, settings.maxBytes);
    const place = await this.#placeOf(scope.caller, model, input);
    const token = randomBytes(32).toString('base64url');
    const id = newId();
    const row = {
      id, modelId: model.id, namespaceName: model.namespaceName, tokenSha256: uploadTokenDigest(token), ...announced, ...place, metadata: input.metadata ?? null,
      createdById: scope.caller.principalId, expiresAt: new Date(Date.now() + settings.ttlMs),
    };
    const upload = await database.transaction(async (manager) => {
      await manager.getRepository(Upload).insert(row);
      const entry = {
        scope,
        namespace: model.namespaceName,
        action: 'createUpload',
        subjectType: 'Upload',
        subjectId: id,
        details: { model: model.fullName, ...announced, ...place },
      };
      await audit.record(manager, entry);
      return manager.getRepository(Upload).findOneByOrFail({ id });
    });
    return Object.assign(upload, { url: `${settings.publicUrl}/uploads/${token}` });
  }

  async #placeOf(caller: Caller, model: Model, { draft: id = null, path = null }: NewUpload): Promise<{ draftId: string | null; path: string | null }> {
    if (id === null && path === null) return { draftId: null, path: null };
    if (id === null || path === null) throw new PlatformError('BAD_USER_INPUT', 'A file of a draft needs both draft and path.');
    const draft = await this.parts.drafts.find(caller, id);
    if (draft?.modelId !== model.id || draft.versionId !== null || draft.expiresAt.getTime() < Date.now()) throw unknownDraft(id);
    requireRoom((await this.parts.drafts.files(draft)).map((file) => file.path), requireFilePath(path));
    return { draftId: draft.id, path };
  }

  /** Null also where the caller may not push models. */
  async find(caller: Caller, id: string): Promise<Upload | null> {
    const upload = isId(id) ? await this.parts.database.source.getRepository(Upload).findOneBy({ id }) : null;
    return upload && hasRole(caller, upload.namespaceName, 'DEVELOPER') ? upload : null;
  }
}

/** What is kept of a token: the URL itself cannot be read from the database. */
export function uploadTokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readAnnouncement({ sizeBytes = null, sha256 = null }: { sizeBytes?: number | null; sha256?: string | null }, maxBytes: number) {
  if (sizeBytes !== null && sizeBytes < 1) throw new PlatformError('BAD_USER_INPUT', `sizeBytes must be 1 or more, got ${sizeBytes}.`);
  if (sizeBytes !== null && sizeBytes > maxBytes) throw tooLarge(maxBytes);
  if (sha256 !== null && !SHA256.test(sha256)) throw new PlatformError('BAD_USER_INPUT', 'sha256 must be 64 hexadecimal digits.');
  return { sizeBytes, digest: sha256 && sha256.toLowerCase() };
}
