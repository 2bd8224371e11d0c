import type { EntityManager } from 'typeorm';
import { requireRole, type Caller, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { AuditLog } from '../../identity';
import { ModelVersion } from './model-version';
import type { TrainingFacts } from './training-facts';
import { writeTrainingFacts } from './training-facts.store';
import type { VersionDirectory } from './version-directory';
import type { VersionTag } from './version-tag';
import { writeNotes } from './version.notes';

/** All that people tell of a version; what it computes never changes. */
export interface VersionStory extends TrainingFacts {
  description?: string | null;
  tags?: readonly VersionTag[] | null;
}

export interface TellerParts {
  database: Database;
  audit: AuditLog;
  directory: VersionDirectory;
}

/** Changes what is told of versions. */
export class VersionTeller {
  constructor(private readonly parts: TellerParts) {}

  /** @throws VERSION_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async update(scope: RequestScope, id: string, story: VersionStory): Promise<ModelVersion> {
    const { database, audit, directory } = this.parts;
    const { namespaceName: namespace, number } = await directory.require(scope.caller, id);
    requireRole(scope.caller, namespace, 'DEVELOPER');
    await this.requireOrigin(scope.caller, story.derivedFrom ?? null, id);
    return database.transaction(async (manager) => {
      await writeStory(manager, id, story);
      await audit.record(manager, { scope, namespace, action: 'updateVersion', subjectType: 'ModelVersion', subjectId: id, details: { number, ...story } });
      return manager.getRepository(ModelVersion).findOneByOrFail({ id });
    });
  }

  /** @throws VERSION_NOT_FOUND unless the caller may see where a version is said to come from; BAD_USER_INPUT for the version itself */
  async requireOrigin(caller: Caller, derivedFrom: string | null, id: string | null = null): Promise<void> {
    if (derivedFrom === null) return;
    if (derivedFrom === id) throw new PlatformError('BAD_USER_INPUT', 'A version does not come from itself.');
    await this.parts.directory.require(caller, derivedFrom);
  }
}

/** @throws BAD_USER_INPUT */
export async function writeStory(manager: EntityManager, id: string, { description, tags, ...facts }: VersionStory): Promise<void> {
  if (description !== undefined || tags !== undefined) {
    const [now]: { description: string | null; tags: VersionTag[] }[] = await manager.query('select description, tags from model_version where id = $1 for update', [id]);
    const wanted = tags === undefined ? now!.tags : (tags ?? []).map(({ key, value }) => ({ key, value }));
    await writeNotes(manager, id, { description: description === undefined ? now!.description : description, tags: wanted });
  }
  await writeTrainingFacts(manager, id, facts);
}
