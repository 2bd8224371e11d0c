import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { groupBy } from '../../../platform/collection/group-by';
import { Model } from '../model/model';
import { ModelVersion } from '../version/model-version';
import { toModelVersion, toRegisteredModel, type AliasOfModel } from './mlflow.shapes';

/** Shows models and versions as MLflow knows them, each list in a constant number of statements. Whoever calls has checked that the caller may see them. */
export class MlflowView {
  constructor(private readonly database: Database, private readonly publicUrl: string) {}

  async models(models: readonly Model[]): Promise<object[]> {
    const ids = models.map(({ id }) => id);
    const [aliases, latest] = await Promise.all([this.#aliasesOf(ids), this.latestOf(ids)]);
    return models.map((model) => toRegisteredModel({ model, aliases: aliases.get(model.id) ?? [], latest: latest.get(model.id) ?? null, publicUrl: this.publicUrl }));
  }

  async modelsByIds(ids: readonly string[]): Promise<object[]> {
    return this.models(inOrder(ids, await this.database.source.getRepository(Model).findBy({ id: In([...ids]) })));
  }

  async versions(versions: readonly ModelVersion[]): Promise<object[]> {
    const ids = [...new Set(versions.map(({ modelId }) => modelId))];
    const [aliases, models] = await Promise.all([this.#aliasesOf(ids), this.database.source.getRepository(Model).findBy({ id: In(ids) })]);
    const byId = new Map(models.map((model) => [model.id, model]));
    return versions.map((version) => toModelVersion(version, {
      model: byId.get(version.modelId)!, aliases: aliases.get(version.modelId) ?? [], publicUrl: this.publicUrl,
    }));
  }

  async versionsByIds(ids: readonly string[]): Promise<object[]> {
    return this.versions(inOrder(ids, await this.database.source.getRepository(ModelVersion).findBy({ id: In([...ids]) })));
  }

  /** The newest version of each model that was not put away. */
  async latestOf(modelIds: readonly string[]): Promise<Map<string, ModelVersion>> {
    const rows = await this.database.query<{ id: string }>({
      name: 'mlflow-latest-versions',
      text: `select distinct on (model_id) id from model_version where model_id = any($1) and state <> 'ARCHIVED' order by model_id, number desc`, values: [modelIds],
    });
    const found = await this.database.source.getRepository(ModelVersion).findBy({ id: In(rows.map(({ id }) => id)) });
    return new Map(found.map((version) => [version.modelId, version]));
  }

  async #aliasesOf(modelIds: readonly string[]): Promise<Map<string, AliasOfModel[]>> {
    const rows = await this.database.query<AliasOfModel>({
      name: 'mlflow-aliases',
      text: `select a.model_id as "modelId", a.name, v.number from model_alias a join model_version v on v.id = a.version_id
             where a.model_id = any($1) and v.state <> 'ARCHIVED' order by a.name`,
      values: [modelIds],
    });
    return groupBy(rows, ({ modelId }) => modelId);
  }
}

function inOrder<Row extends { id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
