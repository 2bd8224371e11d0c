import type { EventBus } from '../../platform/bus/event-bus';
import { BYTE_PREFIXES } from '../../platform/bytes/byte-prefixes';
import { PathSigner } from '../../platform/bytes/path-signer';
import type { Database } from '../../platform/database/database';
import { buildSubgraphSchema, containerOf, type EntityReference } from '../../platform/subgraph/build-schema';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { AuditLog, NamespaceDirectory } from '../identity';
import { AliasChangeResolver, AliasResolver } from './alias/alias.resolver';
import { AliasService } from './alias/alias.service';
import { ArtifactDownload } from './artifacts/artifact.download';
import type { ArtifactStore } from './artifacts/artifact-store';
import { ModelDirectory } from './model/model-directory';
import { ModelResolver } from './model/model.resolver';
import { ModelService } from './model/model.service';
import { registryBytes } from './registry.bytes';
import { registryLoaders, type RegistryContext } from './registry.loaders';
import { UploadReceiver } from './upload/upload.receiver';
import { UploadResolver } from './upload/upload.resolver';
import { UploadService, type UploadSettings } from './upload/upload.service';
import { VersionDirectory } from './version/version-directory';
import type { VersionInspector } from './version/version.inspector';
import { VersionResolver } from './version/version.resolver';
import { VersionService } from './version/version.service';
import { VersionSubscription } from './version/version.subscription';

export interface ModelRegistryDependencies {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  namespaces: NamespaceDirectory;
  artifacts: ArtifactStore;
  /** Woken when a version arrives; started and stopped by its owner. */
  inspector: Pick<VersionInspector, 'wake'>;
  settings: UploadSettings;
}

type Services = ReturnType<typeof servicesOf>;

/** Which models there are, and their bytes: models, versions, aliases, uploads and downloads. */
export function createModelRegistrySubgraph(dependencies: ModelRegistryDependencies): Subgraph {
  const { database } = dependencies;
  const services = servicesOf(dependencies);
  const { models, versions, versionService } = services;
  const { sdl, schema } = buildSubgraphSchema({
    resolvers: [ModelResolver, VersionResolver, VersionSubscription, AliasResolver, AliasChangeResolver, UploadResolver],
    container: containerOf(resolversOf(services, dependencies)),
    references: { Model: loadModels, ModelVersion: loadVersions },
  });
  return {
    name: 'model-registry', sdl, schema,
    context: (scope): RegistryContext => ({
      ...scope, loaders: registryLoaders({ database, models, versions }, scope), versions: versionService,
    }),
    bytePrefixes: BYTE_PREFIXES['model-registry'],
    bytes: registryBytes(services.receiver, services.download),
  };
}

function servicesOf({ database, bus, audit, namespaces, artifacts, inspector, settings }: ModelRegistryDependencies) {
  const models = new ModelDirectory(database);
  const versions = new VersionDirectory(database, models);
  return {
    models,
    versions,
    modelService: new ModelService({ database, audit, namespaces, directory: models }),
    versionService: new VersionService({ database, bus, audit, directory: versions }),
    aliasService: new AliasService({ database, audit, models }),
    uploadService: new UploadService({ database, audit, models, settings }),
    receiver: new UploadReceiver({ database, bus, audit, artifacts, maxBytes: settings.maxBytes, onVersion: () => inspector.wake() }),
    download: new ArtifactDownload({ database, artifacts, signer: new PathSigner(database, 'artifact-url') }),
  };
}

function resolversOf(
  { models, modelService, versionService, aliasService, uploadService, download }: Services, { settings }: ModelRegistryDependencies,
): object[] {
  return [
    new ModelResolver(models, modelService),
    new VersionResolver({ service: versionService, download, publicUrl: settings.publicUrl }),
    new VersionSubscription(),
    new AliasResolver(aliasService),
    new AliasChangeResolver(),
    new UploadResolver(uploadService),
  ];
}

function loadModels(references: readonly EntityReference[], { loaders }: RegistryContext) {
  return Promise.all(references.map(({ id, fullName }) => loaders.modelByKey.load(String(id ?? fullName))));
}

function loadVersions(references: readonly EntityReference[], { loaders }: RegistryContext) {
  return Promise.all(references.map(({ id }) => loaders.versionById.load(String(id))));
}
