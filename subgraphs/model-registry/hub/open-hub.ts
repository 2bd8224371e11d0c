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

/** The Hub's door, with what stands behind it. */
export function createHubDoor({ database, artifacts, models, repositories: all, committer, publicUrl }: HubOptions): HubDoor {
  const repositories = new HubRepositories({ models, repositories: all, committer, revisions: new RevisionFinder(database) });
  return new HubDoor({ models: new HubModels(models, repositories), files: new HubFiles({ database, artifacts, repositories }), publicUrl });
}
