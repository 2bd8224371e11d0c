import type { EventBus } from '../../../platform/bus/event-bus';
import type { RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { AuditLog } from '../../identity';
import { linkArtifact } from '../artifacts/artifact-links';
import type { ArtifactStore } from '../artifacts/artifact-store';
import type { Model } from '../model/model';
import { ModelVersion } from './model-version';
import type { ReadyVersion } from './version-directory';
import { writeNotes, type VersionTexts } from './version.notes';
import { findFilesBeside } from './version-file.store';
import { insertVersion } from './version.store';

export interface CopierParts {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  artifacts: ArtifactStore;
  /** Called after the transaction, with work for the inspector and the repository. */
  onVersion: (modelId: string) => Promise<void>;
}

/** Makes a version of a model from one of another, whose file it shares. Whoever calls has checked that the caller may read the one and change the other. */
export class VersionCopier {
  constructor(private readonly parts: CopierParts) {}

  /** @throws MODEL_ARCHIVED, UPLOAD_INCOMPLETE when the file was cleared away meanwhile, BAD_USER_INPUT */
  async copy(scope: RequestScope, source: ReadyVersion, { model, ...texts }: VersionTexts & { model: Model }): Promise<ModelVersion> {
    const { database, audit, artifacts, bus, onVersion } = this.parts;
    const { digest, sizeBytes } = source;
    const { id: modelId, namespaceName: namespace } = model;
    const version = await database.transaction(async (manager) => {
      await linkArtifact(manager, namespace, { digest, sizeBytes });
      if (!await artifacts.stat(digest)) throw new PlatformError('UPLOAD_INCOMPLETE', 'The file of the version was cleared away meanwhile.');
      const beside = (await findFilesBeside(database, [source.id])).get(source.id) ?? [];
      for (const file of beside) await linkArtifact(manager, namespace, file);
      const made = await insertVersion(manager, { modelId, namespace, createdById: scope.caller.principalId, digest, sizeBytes, files: { path: source.path, beside } });
      if (!made) throw new PlatformError('MODEL_ARCHIVED', `"${model.fullName}" is archived and takes no new versions.`);
      await writeNotes(manager, made.id, texts);
      const details = { number: made.number, digest, sizeBytes, from: `${source.modelFullName} version ${source.number}` };
      await audit.record(manager, { scope, namespace, action: 'copyVersion', subjectType: 'ModelVersion', subjectId: made.id, details });
      return manager.getRepository(ModelVersion).findOneByOrFail({ id: made.id });
    });
    bus.publish('model', version.id);
    await onVersion(modelId);
    return version;
  }
}
