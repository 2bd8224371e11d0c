import { In, type FindOptionsWhere } from 'typeorm';
import { roleIn, type Caller, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { Signature } from '../../../platform/tensor/tensor';
import { isId } from '../../../platform/uuid';
import { ModelAlias } from '../alias/model-alias';
import { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import { ModelVersion } from './model-version';
import type { FileFacts } from './version-file';
import { findFilesBeside } from './version-file.store';
import type { VersionState } from './version.lifecycle';

/** What other subgraphs know of a version. */
export interface VersionFacts {
  id: string;
  modelId: string;
  modelFullName: string;
  namespace: string;
  number: number;
  /** SHA-256 of the model file, 64 characters of lower-case hex. */
  digest: string;
  /** Of the model file. */
  sizeBytes: number;
  /** Of what the runtime reads: the model file with its external data. */
  loadBytes: number;
  /** Where the model file lies among the version's files. */
  path: string;
  /** What lies beside the model: external data, labels, tokenizers, declarations. Paths are relative to the same folder as `path`. */
  beside: FileFacts[];
  state: VersionState;
  /** Null only while the version is INSPECTING or when it is REJECTED. */
  signature: Signature | null;
}

/** Which version of a model: a number, an alias, or with neither the newest that is READY. */
export interface VersionChoice {
  model: string;
  version?: number | null;
  alias?: string | null;
}

/** A version that can be deployed. */
export type ReadyVersion = VersionFacts & { state: 'READY'; signature: Signature };

/** Finds versions, for other subgraphs and for callers who may see them. */
export class VersionDirectory {
  constructor(private readonly database: Database, private readonly models: ModelDirectory) {}

  /**
   * The READY version that a caller means.
   * @throws MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, VERSION_NOT_READY
   * @throws BAD_USER_INPUT when both a number and an alias are given
   */
  async resolve(scope: RequestScope, choice: VersionChoice): Promise<ReadyVersion> {
    const model = await this.models.require(scope.caller, choice.model, 'VIEWER');
    const version = await this.#chosen(model, choice);
    const { state, signature, number } = version;
    if (state !== 'READY' || !signature) {
      throw new PlatformError(
        'VERSION_NOT_READY', `Version ${number} of "${model.fullName}" is ${state}; only a READY version can be deployed.`, { state },
      );
    }
    const beside = await findFilesBeside(this.database, [version.id]);
    return { ...factsOf(version, model, beside.get(version.id)), state, signature };
  }

  /** For the platform itself: no caller is asked. Ids that do not exist are left out. */
  async byIds(ids: readonly string[]): Promise<VersionFacts[]> {
    const versions = await this.#versions.findBy({ id: In(ids.filter(isId)) });
    const models = await this.database.source.getRepository(Model).findBy({ id: In(versions.map(({ modelId }) => modelId)) });
    const modelById = new Map(models.map((model) => [model.id, model]));
    const beside = await findFilesBeside(this.database, versions.map(({ id }) => id));
    return versions.map((version) => factsOf(version, modelById.get(version.modelId)!, beside.get(version.id)));
  }

  /** For the platform itself: whether the alias, of the version's own model, is on it now. */
  hasAlias(versionId: string, name: string): Promise<boolean> {
    return this.database.source.getRepository(ModelAlias).existsBy({ versionId, name });
  }

  /** @throws VERSION_NOT_FOUND also where the caller has no role */
  async require(caller: Caller, id: string): Promise<ModelVersion> {
    const [version] = await this.visibleAmong(caller, [id]);
    if (!version) throw new PlatformError('VERSION_NOT_FOUND', `There is no model version "${id.slice(0, 80)}".`);
    return version;
  }

  /** The version that a caller means, in whatever state it is. @throws MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND, BAD_USER_INPUT */
  async requireChosen(caller: Caller, choice: VersionChoice): Promise<ModelVersion> {
    return this.#chosen(await this.models.require(caller, choice.model, 'VIEWER'), choice);
  }

  /** The versions with one of these ids that the caller may see, in one statement. */
  async visibleAmong(caller: Caller, ids: readonly string[]): Promise<ModelVersion[]> {
    const found = await this.#versions.findBy({ id: In(ids.filter(isId)) });
    return found.filter(({ namespaceName }) => roleIn(caller, namespaceName) !== null);
  }

  /** The same by their commits. */
  async visibleByCommit(caller: Caller, keys: readonly { modelId: string; commit: string }[]): Promise<ModelVersion[]> {
    const found = await this.#versions.findBy(keys.map(({ modelId, commit }) => ({ modelId, commit })));
    return found.filter(({ namespaceName }) => roleIn(caller, namespaceName) !== null);
  }

  async #chosen(model: Model, { version: number, alias }: VersionChoice): Promise<ModelVersion> {
    if (number != null && alias != null) throw new PlatformError('BAD_USER_INPUT', 'Give a version or an alias, not both.');
    if (number != null) return this.#required({ modelId: model.id, number }, `"${model.fullName}" has no version ${number}.`);
    if (alias != null) return this.#required({ id: await this.#aliasTarget(model, alias) }, `The alias "${alias}" names no version.`);
    return this.#required({ modelId: model.id, state: 'READY' }, `"${model.fullName}" has no version that is READY.`);
  }

  async #required(where: FindOptionsWhere<ModelVersion>, message: string): Promise<ModelVersion> {
    const version = await this.#versions.findOne({ where, order: { number: 'DESC' } });
    if (!version) throw new PlatformError('VERSION_NOT_FOUND', message);
    return version;
  }

  async #aliasTarget(model: Model, name: string): Promise<string> {
    const alias = await this.database.source.getRepository(ModelAlias).findOneBy({ modelId: model.id, name });
    if (!alias?.versionId) throw new PlatformError('ALIAS_NOT_FOUND', `"${model.fullName}" has no alias "${name.slice(0, 80)}".`);
    return alias.versionId;
  }

  get #versions() {
    return this.database.source.getRepository(ModelVersion);
  }
}

function factsOf(version: ModelVersion, model: Model, beside: readonly FileFacts[] = []): VersionFacts {
  const { id, modelId, namespaceName: namespace, number, path, digest, sizeBytes, state, signature } = version;
  const loadBytes = Math.max(sizeBytes, version.graph?.weightBytes ?? 0);
  const files = beside.map((file) => ({ path: file.path, digest: file.digest, sizeBytes: file.sizeBytes }));
  return { id, modelId, modelFullName: model.fullName, namespace, number, path, digest, sizeBytes, loadBytes, beside: files, state, signature };
}
