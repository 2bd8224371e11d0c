import { text } from 'node:stream/consumers';
import type { EntityManager } from 'typeorm';
import type { EventBus } from '../../../platform/bus/event-bus';
import { hasRole, type Caller, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { isId, newId } from '../../../platform/uuid';
import type { AuditLog } from '../../identity';
import type { ArtifactStore } from '../artifacts/artifact-store';
import type { ModelDirectory } from '../model/model-directory';
import { modelFileOf } from '../repository/repository';
import { CARD_MAX_BYTES, CARD_PATH, readCard } from '../version/model-card';
import { ModelVersion } from '../version/model-version';
import type { FileFacts } from '../version/version-file';
import { writeStory, type VersionStory, type VersionTeller } from '../version/version.teller';
import { insertVersion } from '../version/version.store';
import { closeDraft, findDraftFiles, lockOpenDraft } from './draft.store';
import { VersionDraft } from './version-draft';

export interface DraftParts {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  artifacts: Pick<ArtifactStore, 'read'>;
  models: ModelDirectory;
  teller: VersionTeller;
  /** How long a draft can be published. */
  ttlMs: number;
  /** Called after the transaction, with work for the inspector and the repository. */
  onVersion: (modelId: string) => Promise<void>;
}

/** Gathers the files of a version and publishes them together: before, nothing of it is seen, afterwards nothing of it changes. */
export class DraftService {
  constructor(private readonly parts: DraftParts) {}

  /** @throws MODEL_NOT_FOUND, FORBIDDEN, MODEL_ARCHIVED */
  async create(scope: RequestScope, input: { model: string }): Promise<VersionDraft> {
    const { database, audit, models, ttlMs } = this.parts;
    const model = await models.require(scope.caller, input.model, 'DEVELOPER');
    if (model.archivedAt) throw new PlatformError('MODEL_ARCHIVED', `"${model.fullName}" is archived and takes no new versions.`);
    const { id: modelId, namespaceName: namespace } = model;
    const id = newId();
    return database.transaction(async (manager) => {
      await manager.getRepository(VersionDraft).insert({
        id, modelId, namespaceName: namespace, createdById: scope.caller.principalId, expiresAt: new Date(Date.now() + ttlMs),
      });
      await audit.record(manager, { scope, namespace, action: 'createVersionDraft', subjectType: 'VersionDraft', subjectId: id, details: { model: model.fullName } });
      return manager.getRepository(VersionDraft).findOneByOrFail({ id });
    });
  }

  /** Null also where the caller may not push models. */
  async find(caller: Caller, id: string): Promise<VersionDraft | null> {
    const draft = isId(id) ? await this.parts.database.source.getRepository(VersionDraft).findOneBy({ id }) : null;
    return draft && hasRole(caller, draft.namespaceName, 'DEVELOPER') ? draft : null;
  }

  /** What has arrived so far; empty once it is published. */
  files({ id }: VersionDraft): Promise<FileFacts[]> {
    return findDraftFiles(this.parts.database.source, id);
  }

  /** @throws UPLOAD_NOT_FOUND when there is no such draft, or it was published or has expired; BAD_USER_INPUT without a model file; MODEL_ARCHIVED; VERSION_NOT_FOUND when the caller sees no such origin */
  async publish(scope: RequestScope, id: string, story: VersionStory): Promise<ModelVersion> {
    const { database, bus, onVersion } = this.parts;
    const draft = await this.find(scope.caller, id);
    if (!draft) throw unknownDraft(id);
    await this.parts.teller.requireOrigin(scope.caller, story.derivedFrom ?? null);
    const version = await database.transaction((manager) => this.#publish(manager, { scope, draft, story }));
    bus.publish('model', version.id);
    await onVersion(draft.modelId);
    return version;
  }

  async #publish(manager: EntityManager, { scope, draft, story }: { scope: RequestScope; draft: VersionDraft; story: VersionStory }): Promise<ModelVersion> {
    const { id, modelId, namespaceName: namespace } = draft;
    if (!await lockOpenDraft(manager, id)) throw unknownDraft(id);
    const files = await findDraftFiles(manager, id);
    const model = modelFileOf(files);
    if (!model) throw new PlatformError('BAD_USER_INPUT', 'The draft holds no model yet; upload a file that ends in .onnx.');
    const { path, digest, sizeBytes } = model;
    const beside = files.filter((file) => file !== model);
    const made = await insertVersion(manager, { modelId, namespace, createdById: scope.caller.principalId, digest, sizeBytes, files: { path, beside } });
    if (!made) throw new PlatformError('MODEL_ARCHIVED', 'The model was archived meanwhile and takes no new versions.');
    await writeStory(manager, made.id, { ...await this.#cardOf(files), ...story });
    await closeDraft(manager, id, made.id);
    await this.parts.audit.record(manager, {
      scope, namespace, action: 'publishVersion', subjectType: 'ModelVersion', subjectId: made.id, details: { number: made.number, draft: id, path, digest, sizeBytes, files: files.length },
    });
    return manager.getRepository(ModelVersion).findOneByOrFail({ id: made.id });
  }

  async #cardOf(files: readonly FileFacts[]): Promise<VersionStory> {
    const card = files.find(({ path, sizeBytes }) => path === CARD_PATH && sizeBytes <= CARD_MAX_BYTES);
    return card ? readCard(await text(await this.parts.artifacts.read(card.digest))) : {};
  }
}

export function unknownDraft(id: string): PlatformError {
  return new PlatformError('UPLOAD_NOT_FOUND', `There is no draft "${id.slice(0, 80)}" that can still be changed; createVersionDraft makes a new one.`);
}
