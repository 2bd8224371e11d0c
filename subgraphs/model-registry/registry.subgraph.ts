import type { EventBus } from '../../platform/bus/event-bus';
import { BYTE_PREFIXES } from '../../platform/bytes/byte-prefixes';
import { PathSigner } from '../../platform/bytes/path-signer';
import type { Database } from '../../platform/database/database';
import type { Log } from '../../platform/log';
import { buildSubgraphSchema, containerOf, type EntityReference } from '../../platform/subgraph/build-schema';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { AuditLog, NamespaceDirectory } from '../identity';
import { AliasChangeResolver, AliasResolver } from './alias/alias.resolver';
import { AliasAtResolver, AliasPeriodResolver } from './alias/alias-period.resolver';
import { AliasService } from './alias/alias.service';
import { ArtifactDownload } from './artifacts/artifact.download';
import type { ArtifactStore } from './artifacts/artifact-store';
import { openHub } from './hub/open-hub';
import { createMlflowDoor } from './mlflow/open-mlflow';
import { ComparisonResolver } from './comparison/comparison.resolver';
import { VersionComparer } from './comparison/version.comparer';
import { DraftResolver } from './draft/draft.resolver';
import { DraftService } from './draft/draft.service';
import { ModelDirectory } from './model/model-directory';
import { ModelResolver } from './model/model.resolver';
import { ModelService } from './model/model.service';
import { registryBytes } from './registry.bytes';
import { registryLoaders, type RegistryContext } from './registry.loaders';
import { CommitLog } from './repository/commit.log';
import { createGitDoor, type RepositorySettings } from './repository/open-repositories';
import type { Repositories } from './repository/repositories';
import { CommitResolver, RepositoryResolver } from './repository/repository.resolver';
import type { VersionCommitter } from './repository/version.committer';
import { TusDoor } from './upload/tus/tus.door';
import { TusReceiver } from './upload/tus/tus.receiver';
import type { UploadStage } from './upload/tus/upload-stage';
import { UploadTurns } from './upload/tus/upload.turns';
import { UploadCompleter } from './upload/upload.completer';
import { UploadReceiver } from './upload/upload.receiver';
import { UploadResolver } from './upload/upload.resolver';
import { UploadService, type UploadSettings } from './upload/upload.service';
import { VersionFileResolver, VersionFilesResolver } from './version/version-file.resolver';
import { LineageResolver, VersionStoryResolver } from './version/version-story.resolver';
import { VersionDirectory } from './version/version-directory';
import { VersionCopier } from './version/version.copier';
import type { VersionInspector } from './version/version.inspector';
import { VersionNotes } from './version/version.notes';
import { VersionResolver } from './version/version.resolver';
import { VersionTeller } from './version/version.teller';
import { VersionService } from './version/version.service';
import { VersionSubscription } from './version/version.subscription';

export interface ModelRegistryDependencies {
  database: Database;
  bus: EventBus;
  audit: AuditLog;
  namespaces: NamespaceDirectory;
  artifacts: ArtifactStore;
  repositories: Repositories;
  committer: VersionCommitter;
  /** Of uploads by tus. */
  stage: UploadStage;
  log: Log;
  /** Woken when a version arrives; started and stopped by its owner. */
  inspector: Pick<VersionInspector, 'wake'>;
  settings: UploadSettings & RepositorySettings;
}

/** A draft is filled by people and their scripts, over more than one evening. */
const DRAFT_TTL_MS = 7 * 86_400_000;

type Services = ReturnType<typeof servicesOf>;

/** Which models there are, and their bytes: models, versions, aliases, uploads and downloads. */
export function createModelRegistrySubgraph(dependencies: ModelRegistryDependencies): Subgraph {
  const { database } = dependencies;
  const services = servicesOf(dependencies);
  const { models, versions, versionService } = services;
  const { sdl, schema } = buildSubgraphSchema({
    resolvers: [
      ModelResolver, VersionResolver, VersionFilesResolver, VersionFileResolver, VersionSubscription, AliasResolver, AliasChangeResolver,
      AliasAtResolver, AliasPeriodResolver, UploadResolver, DraftResolver, VersionStoryResolver, LineageResolver, ComparisonResolver, RepositoryResolver, CommitResolver,
    ],
    container: containerOf(resolversOf(services, dependencies)),
    references: { Model: loadModels, ModelVersion: loadVersions },
  });
  return {
    name: 'model-registry', sdl, schema,
    context: (scope): RegistryContext => ({
      ...scope, loaders: registryLoaders({ database, models, versions }, scope), versions: versionService,
    }),
    bytePrefixes: BYTE_PREFIXES['model-registry'],
    bytes: registryBytes(services),
  };
}

function servicesOf(dependencies: ModelRegistryDependencies) {
  const { database, bus, audit, namespaces, artifacts, inspector, settings, repositories, committer, stage, log } = dependencies;
  const models = new ModelDirectory(database);
  const versions = new VersionDirectory(database, models);
  const versionService = new VersionService({ database, bus, audit, directory: versions });
  const modelService = new ModelService({ database, audit, namespaces, directory: models });
  const aliasService = new AliasService({ database, audit, models });
  const hub = openHub({ database, artifacts, models, repositories, committer, publicUrl: settings.publicUrl });
  const wake = () => inspector.wake();
  const onVersion = (modelId: string) => { wake(); return committer.trySettle(modelId); };
  const teller = new VersionTeller({ database, audit, directory: versions });
  const drafts = new DraftService({ database, bus, audit, artifacts, models, teller, onVersion, ttlMs: DRAFT_TTL_MS });
  const uploadService = new UploadService({ database, audit, models, drafts, settings });
  const completer = new UploadCompleter({ database, bus, audit, artifacts, onVersion });
  const tusReceiver = new TusReceiver({ database, artifacts, completer, stage, turns: new UploadTurns(database), ttlMs: settings.ttlMs });
  return {
    models,
    versions,
    modelService,
    versionService,
    aliasService,
    drafts,
    teller,
    uploadService,
    receiver: new UploadReceiver({ database, artifacts, completer, maxBytes: settings.maxBytes }),
    tusDoor: new TusDoor({ database, uploads: uploadService, receiver: tusReceiver, maxBytes: settings.maxBytes }),
    commits: new CommitLog(repositories, committer),
    gitDoor: createGitDoor({ database, log, artifacts, repositories, committer, models, versions: versionService, onVersion: wake, settings }),
    hubDoor: hub.door,
    mlflowDoor: createMlflowDoor({
      database, publicUrl: settings.publicUrl, files: hub.files, models: { directory: models, service: modelService, aliases: aliasService },
      versions: { directory: versions, service: versionService, notes: new VersionNotes({ database, audit }), copier: new VersionCopier({ database, bus, audit, artifacts, onVersion }) },
    }),
    download: new ArtifactDownload({ database, artifacts, signer: new PathSigner(database, 'artifact-url') }),
  };
}

function resolversOf(
  { models, modelService, versionService, aliasService, uploadService, drafts, teller, versions, download, commits }: Services, { database, settings, stage }: ModelRegistryDependencies,
): object[] {
  return [
    new ModelResolver(models, modelService),
    new VersionResolver({ service: versionService, download, publicUrl: settings.publicUrl }),
    new VersionFilesResolver(),
    new VersionFileResolver(download, settings.publicUrl),
    new VersionSubscription(),
    new AliasResolver(aliasService),
    new AliasChangeResolver(),
    new AliasAtResolver(),
    new AliasPeriodResolver(),
    new UploadResolver(uploadService, stage),
    new DraftResolver(drafts),
    new VersionStoryResolver(teller),
    new LineageResolver(),
    new ComparisonResolver(new VersionComparer(database, versions)),
    new RepositoryResolver(commits, settings.publicUrl),
    new CommitResolver(),
  ];
}

function loadModels(references: readonly EntityReference[], { loaders }: RegistryContext) {
  return Promise.all(references.map(({ id, fullName }) => loaders.modelByKey.load(String(id ?? fullName))));
}

function loadVersions(references: readonly EntityReference[], { loaders }: RegistryContext) {
  return Promise.all(references.map(({ id }) => loaders.versionById.load(String(id))));
}
