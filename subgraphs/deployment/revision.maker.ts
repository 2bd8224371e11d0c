import type { EntityManager } from 'typeorm';
import type { RequestScope } from '../../platform/caller';
import { newId } from '../../platform/uuid';
import type { ReadyVersion } from '../model-registry';
import { Revision } from './revision';
import { revisionSettings, type RevisionSettings } from './revision.settings';

export interface NewRevision {
  scope: RequestScope;
  deployment: { id: string; namespace: string };
  number: number;
  /** An alias was followed to it once, now: moving the alias later changes no revision. */
  facts: ReadyVersion;
  alias: string | null;
  wish: Partial<RevisionSettings>;
  inherited?: Partial<RevisionSettings>;
}

/** @throws BAD_USER_INPUT when the settings do not fit the model */
export async function insertRevision(manager: EntityManager, revision: NewRevision): Promise<Revision> {
  const { scope, deployment, number, facts, alias, wish, inherited } = revision;
  const settings = revisionSettings(wish, { sizeBytes: facts.loadBytes, signature: facts.signature }, inherited);
  const id = newId();
  const repository = manager.getRepository(Revision);
  await repository.insert({
    id, deploymentId: deployment.id, namespace: deployment.namespace, number,
    modelVersionId: facts.id, modelAlias: alias,
    artifactDigest: facts.digest, artifactSizeBytes: facts.loadBytes, artifactPath: facts.path, files: facts.beside,
    signature: facts.signature,
    resources: { memoryBytes: settings.memoryBytes, intraOpThreads: settings.intraOpThreads },
    batching: { maxBatchSize: settings.maxBatchSize, maxDelayMs: settings.maxBatchDelayMs, dimension: settings.batchDimension, padding: settings.padding },
    limits: { timeoutMs: settings.timeoutMs },
    createdById: scope.caller.principalId,
  });
  return repository.findOneByOrFail({ id });
}

export function settingsOf({ resources, batching, limits }: Revision): RevisionSettings {
  const { maxBatchSize, maxDelayMs: maxBatchDelayMs, dimension: batchDimension, padding } = batching;
  return { ...resources, maxBatchSize, maxBatchDelayMs, timeoutMs: limits.timeoutMs, batchDimension, padding };
}
