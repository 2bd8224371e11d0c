import { AliasChange } from './alias/alias-change';
import { ModelAlias } from './alias/model-alias';
import { Model } from './model/model';
import { Upload } from './upload/upload';
import { ModelVersion } from './version/model-version';

export type { ArtifactStore, ByteRange, StoredArtifact, WriteLimits } from './artifacts/artifact-store';
export { FileArtifactStore } from './artifacts/file-artifact.store';
export { ModelDirectory } from './model/model-directory';
export type { ModelProber } from './version/model-prober';
export type { ModelReader } from './version/model-reader';
export { VersionDirectory, type ReadyVersion, type VersionChoice, type VersionFacts } from './version/version-directory';

/** The tables of this subgraph, for the process's one data source. */
export const modelRegistryEntities = [Model, ModelVersion, ModelAlias, AliasChange, Upload];
