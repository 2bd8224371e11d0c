import type { EntityManager } from 'typeorm';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { newId } from '../../platform/uuid';
import type { ReadyVersion, VersionDirectory } from '../model-registry';
import type { Deployment } from './deployment';
import { changeDeployment, type Change, type ChangeDependencies } from './deployment.change';
import { Release } from './release';
import { previousLiveRelease, supersedeRelease } from './release.store';
import { Revision } from './revision';
import { insertRevision, settingsOf } from './revision.maker';
import { inheritableSettings, type RevisionSettings } from './revision.settings';

export interface ReleaseServiceDependencies extends ChangeDependencies {
  versions: VersionDirectory;
}

export interface RevisionWish {
  /** Full name or id. */
  deployment: string;
  version?: number | null;
  alias?: string | null;
  settings: Partial<RevisionSettings>;
}

export interface ReleaseWish {
  /** Full name or id. */
  deployment: string;
  reason?: string | null;
}

export interface MadeRelease {
  deployment: Deployment;
  release: Release;
}

const REASON_MAX_LENGTH = 1_000;

/** Makes configurations and decides which of them should take the traffic. */
export class ReleaseService {
  constructor(private readonly dependencies: ReleaseServiceDependencies) {}

  /**
   * Makes a revision; what the wish leaves out is as in the latest one. It serves nothing until it is released.
   * @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, VERSION_NOT_READY
   */
  async createRevision(scope: RequestScope, { deployment, version, alias, settings }: RevisionWish): Promise<Revision> {
    const { result } = await changeDeployment(this.dependencies, { scope, deployment, action: 'createRevision' }, async (manager, locked) => {
      const latest = await manager.getRepository(Revision).findOneByOrFail({ deploymentId: locked.id, number: locked.revisionCount });
      const facts = await this.#versionFor(scope, locked, latest, { version, alias });
      const number = locked.revisionCount + 1;
      const revision = await insertRevision(manager, {
        scope, deployment: { id: locked.id, namespace: locked.namespaceName }, number, facts, wish: settings,
        alias: alias ?? (version == null ? latest.modelAlias : null),
        inherited: inheritableSettings(settingsOf(latest), latest.artifactSizeBytes),
      });
      return {
        set: { revisionCount: number }, result: revision, details: { revision: number, version: facts.number, alias: revision.modelAlias },
        event: { kind: 'REVISION_CREATED', message: `Revision ${number}: version ${facts.number} of ${facts.modelFullName}.` },
      };
    });
    return result!;
  }

  /**
   * Asks for the traffic to move to a revision, which it does once one of its replicas is ready. An earlier release that waits is given up.
   * @throws DEPLOYMENT_NOT_FOUND, REVISION_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT
   */
  async createRelease(scope: RequestScope, wish: ReleaseWish & { revision: number }): Promise<MadeRelease> {
    const request = { scope, deployment: wish.deployment, action: 'createRelease' };
    const { deployment, result } = await changeDeployment(this.dependencies, request, async (manager, locked) => {
      const revision = await manager.getRepository(Revision).findOneBy({ deploymentId: locked.id, number: wish.revision });
      if (!revision) throw revisionNotFound(locked, wish.revision);
      return release(manager, { scope, deployment: locked, revision, reason: wish.reason });
    });
    return { deployment, release: result! };
  }

  /**
   * Releases what served before: gives up a release that waits, otherwise returns to the last other revision that was live.
   * @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, DEPLOYMENT_STATE when there is nothing to return to
   */
  async rollback(scope: RequestScope, wish: ReleaseWish): Promise<MadeRelease> {
    const request = { scope, deployment: wish.deployment, action: 'rollbackDeployment' };
    const { deployment, result } = await changeDeployment(this.dependencies, request, async (manager, locked) => {
      const previous = await previousLiveRelease(manager, locked);
      if (!previous) throw nothingToReturnTo(locked);
      const revision = await manager.getRepository(Revision).findOneByOrFail({ id: previous.revisionId });
      return release(manager, { scope, deployment: locked, revision, reason: wish.reason ?? `Rollback to revision ${revision.number}.` });
    });
    return { deployment, release: result! };
  }

  /** Without a choice the new revision keeps the version of the latest one, which must still be READY. */
  async #versionFor(
    scope: RequestScope, { modelFullName }: Deployment, latest: Revision, { version, alias }: Pick<RevisionWish, 'version' | 'alias'>,
  ): Promise<ReadyVersion> {
    if (version != null || alias != null) return this.dependencies.versions.resolve(scope, { model: modelFullName, version, alias });
    const [facts] = await this.dependencies.versions.byIds([latest.modelVersionId]);
    return this.dependencies.versions.resolve(scope, { model: modelFullName, version: facts?.number });
  }
}

interface NewRelease {
  scope: RequestScope;
  deployment: Deployment;
  revision: Revision;
  reason?: string | null;
}

async function release(manager: EntityManager, { scope, deployment, revision, reason = null }: NewRelease): Promise<Change<Release>> {
  if (reason !== null && reason.length > REASON_MAX_LENGTH) {
    throw new PlatformError('BAD_USER_INPUT', `reason may have up to ${REASON_MAX_LENGTH} characters, got ${reason.length}.`);
  }
  const [id, number] = [newId(), deployment.releaseCount + 1];
  if (deployment.nextReleaseId) await supersedeRelease(manager, deployment.nextReleaseId);
  const repository = manager.getRepository(Release);
  await repository.insert({
    id, deploymentId: deployment.id, number, revisionId: revision.id, state: 'PENDING', reason, createdById: scope.caller.principalId,
  });
  return {
    set: { releaseCount: number, nextReleaseId: id, retryFrom: new Date() },
    event: { kind: 'RELEASE_CREATED', message: `Release ${number}: revision ${revision.number} is to take the traffic.` },
    details: { release: number, revision: revision.number, reason },
    result: await repository.findOneByOrFail({ id }),
  };
}

function revisionNotFound({ fullName, revisionCount }: Deployment, number: number): PlatformError {
  return new PlatformError('REVISION_NOT_FOUND', `Deployment "${fullName}" has no revision ${number}; its latest is ${revisionCount}.`);
}

function nothingToReturnTo({ fullName, status }: Deployment): PlatformError {
  return new PlatformError('DEPLOYMENT_STATE', `Deployment "${fullName}" has no earlier revision that was live.`, { status });
}
