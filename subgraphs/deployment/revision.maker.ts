import type { EntityManager } from 'typeorm';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { newId } from '../../platform/uuid';
import type { VersionDirectory, VersionFacts } from '../model-registry';
import { Revision } from './revision';
import { revisionSettings, type RevisionSettings } from './revision.settings';

export interface VersionChoice {
  /** Full name of the model. */
  model: string;
  version?: number | null;
  alias?: string | null;
}

/**
 * The version a revision is made of. An alias is followed now and never again: moving it later changes no revision.
 * @throws BAD_USER_INPUT unless exactly one of version and alias is given
 * @throws MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, VERSION_NOT_READY
 */
export async function resolveReadyVersion(versions: VersionDirectory, scope: RequestScope, { model, version, alias }: VersionChoice): Promise<VersionFacts> {
  if ((version == null) === (alias == null)) throw new PlatformError('BAD_USER_INPUT', 'Give exactly one of version and alias.');
  const facts = await versions.resolve(scope, { model, version: version ?? undefined, alias: alias ?? undefined });
  requireReady(facts);
  return facts;
}

export function requireReady({ modelFullName, number, state }: VersionFacts): void {
  if (state === 'READY') return;
  throw new PlatformError('VERSION_NOT_READY', `Version ${number} of "${modelFullName}" is ${state}; a READY version was expected.`, { state });
}

export interface NewRevision {
  scope: RequestScope;
  deployment: { id: string; namespace: string };
  number: number;
  facts: VersionFacts;
  alias: string | null;
  wish: Partial<RevisionSettings>;
  inherited?: Partial<RevisionSettings>;
}

/** @throws BAD_USER_INPUT when the settings do not fit the model */
export async function insertRevision(manager: EntityManager, { scope, deployment, number, facts, alias, wish, inherited }: NewRevision): Promise<Revision> {
  const { signature } = facts;
  if (!signature) throw new PlatformError('VERSION_NOT_READY', `Version ${facts.number} of "${facts.modelFullName}" has no signature yet.`);
  const settings = revisionSettings(wish, { sizeBytes: facts.sizeBytes, signature }, inherited);
  const id = newId();
  const repository = manager.getRepository(Revision);
  await repository.insert({
    id, deploymentId: deployment.id, namespace: deployment.namespace, number,
    modelVersionId: facts.id, modelAlias: alias, artifactDigest: facts.digest, artifactSizeBytes: facts.sizeBytes, signature,
    resources: { memoryBytes: settings.memoryBytes, intraOpThreads: settings.intraOpThreads },
    batching: { maxBatchSize: settings.maxBatchSize, maxDelayMs: settings.maxBatchDelayMs },
    limits: { timeoutMs: settings.timeoutMs },
    createdById: scope.caller.principalId,
  });
  return repository.findOneByOrFail({ id });
}

export function settingsOf({ resources, batching, limits }: Revision): RevisionSettings {
  return { ...resources, maxBatchSize: batching.maxBatchSize, maxBatchDelayMs: batching.maxDelayMs, timeoutMs: limits.timeoutMs };
}
