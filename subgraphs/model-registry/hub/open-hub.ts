import type { Database } from '../../../platform/database/database';
import type { ArtifactStore } from '../artifacts/artifact-store';
import type { ModelDirectory } from '../model/model-directory';
import type { Repositories } from '../repository/repositories';
import { RevisionFinder } from '../repository/revision.finder';
import type { VersionCommitter } from '../repository/version.committer';
import { HubDoor } from './hub.door';
import { HubFiles } from './hub.files';
import { HubModels } from './hub.models';
import { HubRepositories } from './hub.repository';

export interface HubOptions {
  database: Database;
  artifacts: ArtifactStore;
  models: ModelDirectory;
  repositories: Repositories;
  committer: VersionCommitter;
  publicUrl: string;
}

export interface Hub {
  door: HubDoor;
  files: HubFiles;
}

/** The Hub's door, with what stands behind it. */
export function openHub({ database, artifacts, models, repositories: all, committer, publicUrl }: HubOptions): Hub {
  const repositories = new HubRepositories({ models, repositories: all, committer, revisions: new RevisionFinder(database) });
  const files = new HubFiles({ database, artifacts, repositories });
  return { door: new HubDoor({ models: new HubModels(models, repositories), files, publicUrl }), files };
}
