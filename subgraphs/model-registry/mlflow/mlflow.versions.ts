import type { z } from 'zod';
import type { RequestScope } from '../../../platform/caller';
import { requireRole } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import type { ModelDirectory } from '../model/model-directory';
import type { ModelVersion } from '../version/model-version';
import type { ReadyVersion, VersionDirectory } from '../version/version-directory';
import type { VersionCopier } from '../version/version.copier';
import type { VersionNotes } from '../version/version.notes';
import type { VersionService } from '../version/version.service';
import type { newVersion, ofAlias, ofVersion, search, versionTag, versionTagKey, versionUpdate } from './mlflow.inputs';
import { requireModel } from './mlflow.models';
import { readName } from './mlflow.name';
import type { MlflowSearch } from './mlflow.search';
import { sourceOf } from './mlflow.shapes';
import type { MlflowView } from './mlflow.view';

export interface MlflowVersionParts {
  models: ModelDirectory;
  directory: VersionDirectory;
  service: VersionService;
  notes: VersionNotes;
  copier: VersionCopier;
  search: MlflowSearch;
  view: MlflowView;
  publicUrl: string;
}

/** `models:/<name>/<number>` or `models:/<name>@<alias>`; the name may hold one slash. */
const MODEL_SOURCE = /^models:\/+([^@]{1,140}?)(?:\/([1-9]\d{0,8})|@([^/@]{1,64}))$/;

/** `model-versions/…`: versions, by the same services as the graph. What was archived is deleted in the eyes of MLflow. */
export class MlflowVersions {
  constructor(private readonly parts: MlflowVersionParts) {}

  /** From a version that is here already, whose file the new one shares. Other sources are refused: their bytes would have to be fetched, or be believed. */
  async create(scope: RequestScope, { name, source, run_id: runId, run_link: runLink, model_id: modelId, ...texts }: z.infer<typeof newVersion>): Promise<object> {
    const model = await requireModel(this.parts.models, scope, name);
    requireRole(scope.caller, model.namespaceName, 'DEVELOPER');
    if (runId || runLink || modelId) throw new PlatformError('BAD_USER_INPUT', 'Runs and logged models are not kept here: run_id, run_link and model_id must be empty.');
    return this.#show(await this.parts.copier.copy(scope, await this.#sourceOf(scope, source), { ...texts, model }));
  }

  async get(scope: RequestScope, wanted: z.infer<typeof ofVersion>): Promise<object> {
    return this.#show(await this.#require(scope, wanted));
  }

  async update(scope: RequestScope, { description, ...wanted }: z.infer<typeof versionUpdate>): Promise<object> {
    return this.#show(await this.parts.notes.change(scope, await this.#require(scope, wanted), () => ({ description: description ?? null })));
  }

  async delete(scope: RequestScope, wanted: z.infer<typeof ofVersion>): Promise<object> {
    await this.parts.service.archive(scope, (await this.#require(scope, wanted)).id);
    return {};
  }

  async find(scope: RequestScope, wanted: z.infer<typeof search>): Promise<object> {
    const { ids, ...page } = await this.parts.search.versions(scope.caller, wanted);
    return { model_versions: await this.parts.view.versionsByIds(ids), ...page };
  }

  async downloadUri(scope: RequestScope, wanted: z.infer<typeof ofVersion>): Promise<object> {
    const model = await requireModel(this.parts.models, scope, wanted.name);
    const { number } = await this.#require(scope, wanted);
    return { artifact_uri: sourceOf(model, number, this.parts.publicUrl) };
  }

  async setTag(scope: RequestScope, { key, value, ...wanted }: z.infer<typeof versionTag>): Promise<object> {
    await this.parts.notes.change(scope, await this.#require(scope, wanted), ({ tags }) => ({ tags: [...tags, { key, value }] }));
    return {};
  }

  async deleteTag(scope: RequestScope, { key, ...wanted }: z.infer<typeof versionTagKey>): Promise<object> {
    await this.parts.notes.change(scope, await this.#require(scope, wanted), ({ tags }) => ({ tags: tags.filter((tag) => tag.key !== key) }));
    return {};
  }

  async byAlias(scope: RequestScope, { name, alias }: z.infer<typeof ofAlias>): Promise<object> {
    const { fullName } = await requireModel(this.parts.models, scope, name);
    return this.#show(shown(await this.parts.directory.requireChosen(scope.caller, { model: fullName, alias })));
  }

  transition(): Promise<never> {
    return Promise.reject(new PlatformError('BAD_USER_INPUT', 'There are no stages here, as in MLflow itself since 2.9: set an alias, or delete the version, which archives it.'));
  }

  async #require(scope: RequestScope, { name, version }: z.infer<typeof ofVersion>): Promise<ModelVersion> {
    const { fullName } = await requireModel(this.parts.models, scope, name);
    return shown(await this.parts.directory.requireChosen(scope.caller, { model: fullName, version }));
  }

  async #sourceOf(scope: RequestScope, source: string): Promise<ReadyVersion> {
    const [, name, number, alias] = MODEL_SOURCE.exec(source) ?? [];
    if (name === undefined) throw new PlatformError(
      'BAD_USER_INPUT', `A version is made here from "models:/<name>/<version>" or "models:/<name>@<alias>", not from "${source.slice(0, 200)}". Push files by Git, or upload them by createUpload.`,
    );
    const { namespace, name: own } = readName(name);
    return this.parts.directory.resolve(scope, { model: `${namespace}/${own}`, version: number === undefined ? null : Number(number), alias: alias ?? null });
  }

  async #show(version: ModelVersion): Promise<object> {
    const [model_version] = await this.parts.view.versions([version]);
    return { model_version };
  }
}

/** @throws VERSION_NOT_FOUND */
function shown(version: ModelVersion): ModelVersion {
  if (version.state === 'ARCHIVED') throw new PlatformError('VERSION_NOT_FOUND', `Version ${version.number} was archived.`);
  return version;
}
