import type { z } from 'zod';
import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import type { AliasService } from '../alias/alias.service';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import type { ModelService } from '../model/model.service';
import type { aliasMove, modelTag, modelTagKey, modelUpdate, newModel, ofAlias, ofModel, search } from './mlflow.inputs';
import { readName } from './mlflow.name';
import type { MlflowSearch } from './mlflow.search';
import { toTag, toWord, type MlflowTag } from './mlflow.shapes';
import type { MlflowView } from './mlflow.view';

export interface MlflowModelParts {
  directory: ModelDirectory;
  service: ModelService;
  aliases: AliasService;
  search: MlflowSearch;
  view: MlflowView;
}

/** `registered-models/…`: models, by the same services as the graph. */
export class MlflowModels {
  constructor(private readonly parts: MlflowModelParts) {}

  async create(scope: RequestScope, { name, tags, description }: z.infer<typeof newModel>): Promise<object> {
    return this.#show(await this.parts.service.create(scope, { ...readName(name), description: description ?? null, tags: tags.map(checkedWord) }));
  }

  async get(scope: RequestScope, { name }: z.infer<typeof ofModel>): Promise<object> {
    return this.#show(await this.#require(scope, name));
  }

  async update(scope: RequestScope, { name, description }: z.infer<typeof modelUpdate>): Promise<object> {
    return this.#show(await this.parts.service.update(scope, (await this.#require(scope, name)).fullName, { description: description ?? null }));
  }

  /** Models are put away, never deleted; from then on MLflow does not see them. */
  async delete(scope: RequestScope, { name }: z.infer<typeof ofModel>): Promise<object> {
    await this.parts.service.archive(scope, (await this.#require(scope, name)).fullName);
    return {};
  }

  async find(scope: RequestScope, wanted: z.infer<typeof search>): Promise<object> {
    const { ids, ...page } = await this.parts.search.models(scope.caller, wanted);
    return { registered_models: await this.parts.view.modelsByIds(ids), ...page };
  }

  async setTag(scope: RequestScope, { name, ...tag }: z.infer<typeof modelTag>): Promise<object> {
    const word = checkedWord(tag);
    await this.parts.service.retag(scope, (await this.#require(scope, name)).fullName, (tags) => [...without(tags, tag.key), word]);
    return {};
  }

  async deleteTag(scope: RequestScope, { name, key }: z.infer<typeof modelTagKey>): Promise<object> {
    await this.parts.service.retag(scope, (await this.#require(scope, name)).fullName, (tags) => without(tags, key));
    return {};
  }

  async setAlias(scope: RequestScope, { name, alias, version }: z.infer<typeof aliasMove>): Promise<object> {
    await this.parts.aliases.set(scope, { model: (await this.#require(scope, name)).fullName, alias, version });
    return {};
  }

  /** As with MLflow, an alias that is not there is no error. */
  async deleteAlias(scope: RequestScope, { name, alias }: z.infer<typeof ofAlias>): Promise<object> {
    await this.parts.aliases.remove(scope, { model: (await this.#require(scope, name)).fullName, alias }).catch((error: unknown) => {
      if (!(error instanceof PlatformError) || error.code !== 'ALIAS_NOT_FOUND') throw error;
    });
    return {};
  }

  rename(): Promise<never> {
    return Promise.reject(new PlatformError('BAD_USER_INPUT', 'The name of a model never changes here; make another model and copy its versions.'));
  }

  async latest(scope: RequestScope, { name }: z.infer<typeof ofModel>): Promise<object> {
    const { id } = await this.#require(scope, name);
    return { model_versions: await this.parts.view.versions([...(await this.parts.view.latestOf([id])).values()]) };
  }

  async #require(scope: RequestScope, name: string): Promise<Model> {
    return requireModel(this.parts.directory, scope, name);
  }

  async #show(model: Model): Promise<object> {
    const [registered_model] = await this.parts.view.models([model]);
    return { registered_model };
  }
}

/** @throws BAD_USER_INPUT, MODEL_NOT_FOUND also when it was archived */
export async function requireModel(directory: ModelDirectory, { caller }: RequestScope, name: string): Promise<Model> {
  const { namespace, name: own } = readName(name);
  const model = await directory.require(caller, `${namespace}/${own}`, 'VIEWER');
  if (model.archivedAt) throw new PlatformError('MODEL_NOT_FOUND', `There is no model "${name}": it was archived.`);
  return model;
}

/** @throws BAD_USER_INPUT */
function checkedWord(tag: MlflowTag): string {
  const word = toWord(tag);
  if (tag.key === '' || tag.key.includes(':') || word !== word.trim()) throw new PlatformError('BAD_USER_INPUT', 'The key of a tag has no colon and no space around it, and is not empty.');
  return word;
}

function without(tags: readonly string[], key: string): string[] {
  return tags.filter((word) => toTag(word).key !== key);
}
