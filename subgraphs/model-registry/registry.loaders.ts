import DataLoader from 'dataloader';
import { In, IsNull, Not } from 'typeorm';
import type { RequestScope } from '../../platform/caller';
import { childPageLoader, type ChildPageLoader } from '../../platform/database/child-pages';
import type { Database } from '../../platform/database/database';
import { groupBy } from '../../platform/collection/group-by';
import { parseFullName } from '../../platform/name';
import type { SubgraphContext } from '../../platform/subgraph/subgraph';
import { AliasChange } from './alias/alias-change';
import { findPeriods, type AliasMoment } from './alias/alias.history';
import type { AliasPeriod } from './alias/alias-period';
import { ModelAlias } from './alias/model-alias';
import type { Model } from './model/model';
import type { ModelDirectory } from './model/model-directory';
import { ModelVersion } from './version/model-version';
import type { VersionFile } from './version/version-file';
import { findFilesBeside } from './version/version-file.store';
import { findChosenVersions, type ModelVersionChoice } from './version/version-choice.store';
import type { VersionDirectory } from './version/version-directory';
import type { VersionService } from './version/version.service';

export interface RegistryLoaders {
  /** By id or full name. */
  modelByKey: DataLoader<string, Model | null>;
  versionById: DataLoader<string, ModelVersion | null>;
  versionByCommit: DataLoader<{ modelId: string; commit: string }, ModelVersion | null, string>;
  versionIdByChoice: DataLoader<ModelVersionChoice, string | null, string>;
  versionsByModel: ChildPageLoader<ModelVersion>;
  filesBesideVersion: DataLoader<string, VersionFile[]>;
  aliasesByModel: DataLoader<string, ModelAlias[]>;
  aliasesByVersion: DataLoader<string, ModelAlias[]>;
  changesByAlias: ChildPageLoader<AliasChange>;
  aliasPeriod: DataLoader<AliasMoment, AliasPeriod | null, string>;
}

export interface RegistryContext extends SubgraphContext {
  readonly loaders: RegistryLoaders;
  /** For subscriptions, which type-graphql opens without an instance. */
  readonly versions: VersionService;
}

export interface LoaderParts {
  database: Database;
  models: ModelDirectory;
  versions: VersionDirectory;
}

/** Fresh per operation and per subscription event. Nodes that the caller may not see load as null. */
export function registryLoaders({ database, models, versions }: LoaderParts, { caller }: RequestScope): RegistryLoaders {
  const aliases = database.source.getRepository(ModelAlias);
  return {
    modelByKey: new DataLoader(async (keys) => {
      const found = await models.visibleAmong(caller, keys);
      const byKey = new Map(found.flatMap((model) => [[model.id, model], [model.fullName, model]] as const));
      return keys.map((key) => byKey.get(key) ?? byKey.get(canonical(key)) ?? null);
    }),
    versionById: new DataLoader(async (ids) => {
      const byId = new Map((await versions.visibleAmong(caller, ids)).map((version) => [version.id, version]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
    versionByCommit: new DataLoader(async (keys) => {
      const found = await versions.visibleByCommit(caller, keys);
      const byCommit = new Map(found.map((version) => [`${version.modelId} ${version.commit}`, version]));
      return keys.map(({ modelId, commit }) => byCommit.get(`${modelId} ${commit}`) ?? null);
    }, { cacheKeyFn: ({ modelId, commit }) => `${modelId} ${commit}` }),
    versionIdByChoice: new DataLoader((choices) => findChosenVersions(database, choices), {
      cacheKeyFn: (choice) => JSON.stringify(choice),
    }),
    versionsByModel: childPageLoader(database, ModelVersion, 'modelId'),
    filesBesideVersion: new DataLoader(async (ids) => {
      const files = await findFilesBeside(database, ids);
      return ids.map((id) => files.get(id) ?? []);
    }),
    aliasesByModel: new DataLoader(async (ids) => {
      const found = await aliases.find({ where: { modelId: In([...ids]), versionId: Not(IsNull()) }, order: { name: 'ASC' } });
      return inGroups(ids, found, ({ modelId }) => modelId);
    }),
    aliasesByVersion: new DataLoader(async (ids) => {
      const found = await aliases.find({ where: { versionId: In([...ids]) }, order: { name: 'ASC' } });
      return inGroups(ids, found, ({ versionId }) => versionId!);
    }),
    changesByAlias: childPageLoader(database, AliasChange, 'aliasId'),
    aliasPeriod: new DataLoader(async (moments) => {
      const periods = await findPeriods(database, moments);
      return periods.map((period, at) => period && { name: moments[at]!.name, ...period });
    }, { cacheKeyFn: (moment) => JSON.stringify(moment) }),
  };
}

/** A bare name means the default namespace. */
function canonical(key: string): string {
  const parsed = parseFullName(key);
  return parsed ? `${parsed.namespace}/${parsed.name}` : key;
}

function inGroups<Row>(keys: readonly string[], rows: Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = groupBy(rows, keyOf);
  return keys.map((key) => groups.get(key) ?? []);
}
