import { AliasChange } from './alias/alias-change';
import { ModelAlias } from './alias/model-alias';
import { VersionDraft } from './draft/version-draft';
import { Model } from './model/model';
import { Upload } from './upload/upload';
import { ModelVersion } from './version/model-version';

export { FileArtifactStore } from './artifacts/file-artifact.store';
export { openArtifactStore } from './artifacts/open-artifact-store';
export { ModelDirectory } from './model/model-directory';
export { createModelRegistrySubgraph, type ModelRegistryDependencies } from './registry.subgraph';
export { Repositories } from './repository/repositories';
export { hooksOf } from './repository/open-repositories';
export { writeHooks } from './repository/push/push.hook';
export { UploadStage } from './upload/tus/upload-stage';
export { VersionCommitter } from './repository/version.committer';
export { RegistrySweeper } from './registry.sweeper';

export type { ModelProber } from './version/model-prober';
export { VersionDirectory, type ReadyVersion } from './version/version-directory';
export { VersionInspector } from './version/version.inspector';

/** The tables of this subgraph, for the process's one data source. */
export const modelRegistryEntities = [Model, ModelVersion, ModelAlias, AliasChange, Upload, VersionDraft];
