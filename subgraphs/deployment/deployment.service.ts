import { isDeepStrictEqual } from 'node:util';
import { requireRole, type RequestScope } from '../../platform/caller';
import { isUniqueViolation } from '../../platform/database/violation';
import { PlatformError } from '../../platform/errors';
import { requireName } from '../../platform/name';
import { newId } from '../../platform/uuid';
import type { NamespaceDirectory } from '../identity';
import type { VersionDirectory } from '../model-registry';
import { admissionOf, NO_LIMITS, type Admission, type AdmissionWish } from './admission';
import { Deployment } from './deployment';
import { changeRow, type ChangeDependencies } from './deployment.change';
import { recordEvents } from './deployment-event.store';
import { Release } from './release';
import { resultReuseOf, type ResultReuseColumns, type ResultReuseWish } from './result-reuse';
import { insertRevision } from './revision.maker';
import type { RevisionSettings } from './revision.settings';

export interface DeploymentServiceDependencies extends ChangeDependencies {
  namespaces: NamespaceDirectory;
  versions: VersionDirectory;
}

export interface NewDeployment {
  namespace: string;
  name: string;
  /** Full name. */
  model: string;
  version?: number | null;
  alias?: string | null;
  replicas: number;
  settings: Partial<RevisionSettings>;
  admission?: AdmissionWish | null;
  resultReuse?: ResultReuseWish | null;
}

const MAX_REPLICAS = 100;

/** Changes the wish: what should serve, and how much of it. The reconciler makes it so. */
export class DeploymentService {
  constructor(private readonly dependencies: DeploymentServiceDependencies) {}

  /**
   * Makes a deployment with its first revision and release.
   * @throws NAMESPACE_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, NAME_TAKEN, MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, VERSION_NOT_READY
   */
  async create(scope: RequestScope, input: NewDeployment): Promise<Deployment> {
    requireRole(scope.caller, input.namespace, 'DEVELOPER');
    requireName(input.name);
    requireReplicas(input.replicas);
    const admission = admissionOf(input.admission ?? {});
    const reuse = resultReuseOf(input.resultReuse, new Date());
    await this.dependencies.namespaces.require(input.namespace);
    const id = newId();
    try {
      await this.#insert(id, scope, { ...input, admission, reuse });
    } catch (error) {
      if (!isUniqueViolation(error, 'deployment_name')) throw error;
      throw new PlatformError('NAME_TAKEN', `There is a deployment "${input.namespace}/${input.name}" already.`, {}, { cause: error });
    }
    this.dependencies.bus.publish('deployment', id);
    return this.dependencies.database.source.getRepository(Deployment).findOneByOrFail({ id });
  }

  /** Takes effect within a second, wherever submits come in. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async setAdmission(scope: RequestScope, deployment: string, wish: AdmissionWish): Promise<Deployment> {
    return changeRow(this.dependencies, { scope, deployment, action: 'setAdmission' }, ({ admission: before }) => {
      const admission = admissionOf(wish, before);
      return isDeepStrictEqual(admission, { ...before }) ? null : {
        set: { admission },
        event: { kind: 'ADMISSION_CHANGED', message: `Limits set by ${scope.caller.name}: ${inWords(admission)}.` },
        details: { ...admission },
      };
    });
  }

  /** Takes effect within a second; what was kept until now is not used any more. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async setResultReuse(scope: RequestScope, deployment: string, wish: ResultReuseWish | null): Promise<Deployment> {
    const reuse = resultReuseOf(wish, new Date());
    return changeRow(this.dependencies, { scope, deployment, action: 'setResultReuse' }, ({ reuse: before }) => (reuse.ttlMs === before.ttlMs && reuse.maxBytes === before.maxBytes ? null : {
      set: { reuse },
      event: { kind: 'RESULT_REUSE_CHANGED', message: `Results are ${wish ? `used again for ${wish.ttlMs} ms, up to ${wish.maxBytes} bytes` : 'not used again'}, says ${scope.caller.name}.` },
      details: { ttlMs: reuse.ttlMs, maxBytes: reuse.maxBytes },
    }));
  }

  /** @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN, BAD_USER_INPUT */
  async scale(scope: RequestScope, deployment: string, replicas: number): Promise<Deployment> {
    requireReplicas(replicas);
    return changeRow(this.dependencies, { scope, deployment, action: 'scaleDeployment' }, ({ desiredReplicas }) => (replicas === desiredReplicas ? null : {
      set: { desiredReplicas: replicas },
      event: { kind: 'SCALED', message: `${replicas} replicas are wanted instead of ${desiredReplicas}.` },
      details: { replicas },
    }));
  }

  /** For good; its name is free again, its jobs keep their history. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  async delete(scope: RequestScope, deployment: string): Promise<Deployment> {
    return changeRow(this.dependencies, { scope, deployment, action: 'deleteDeployment' }, ({ fullName }) => ({
      set: { status: 'DELETED', reasonCode: null, reasonMessage: null, deletedAt: new Date() },
      event: { kind: 'DELETED', message: `Deleted by ${scope.caller.name}.` },
      details: { fullName },
    }));
  }

  async #insert(id: string, scope: RequestScope, input: NewDeployment & { admission: Admission; reuse: ResultReuseColumns }): Promise<void> {
    const { database, versions, audit } = this.dependencies;
    const { namespace, name, alias = null, replicas } = input;
    const facts = await versions.resolve(scope, { model: input.model, version: input.version, alias: input.alias });
    const createdById = scope.caller.principalId;
    await database.transaction(async (manager) => {
      const releaseId = newId();
      await manager.getRepository(Deployment).insert({
        id, namespaceName: namespace, name, modelId: facts.modelId, modelFullName: facts.modelFullName, createdById,
        status: 'PENDING', desiredReplicas: replicas, admission: input.admission, reuse: input.reuse, nextReleaseId: releaseId, revisionCount: 1, releaseCount: 1, version: 1,
        retryFrom: () => 'now()', updatedAt: () => 'now()',
      });
      const deployment = { id, namespace };
      const { id: revisionId } = await insertRevision(manager, { scope, deployment, number: 1, facts, alias, wish: input.settings });
      await manager.getRepository(Release).insert({
        id: releaseId, deploymentId: id, number: 1, revisionId, state: 'PENDING', createdById,
      });
      const message = `Made by ${scope.caller.name} to serve version ${facts.number} of ${facts.modelFullName}.`;
      await recordEvents(manager, [{ deploymentId: id, kind: 'CREATED', message }]);
      const details = { fullName: `${namespace}/${name}`, model: facts.modelFullName, version: facts.number, alias, replicas };
      await audit.record(manager, { scope, namespace, action: 'createDeployment', subjectType: 'Deployment', subjectId: id, details });
    });
  }
}

function inWords(admission: Admission): string {
  const set = Object.keys(NO_LIMITS).map((limit) => `${limit} ${admission[limit as keyof Admission] ?? 'none'}`);
  return set.join(', ');
}

function requireReplicas(replicas: number): void {
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= MAX_REPLICAS) return;
  throw new PlatformError('BAD_USER_INPUT', `replicas must be 1 to ${MAX_REPLICAS}, got ${replicas}; to serve nothing use stopDeployment.`);
}
