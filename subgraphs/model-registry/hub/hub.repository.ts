import type { Caller } from '../../../platform/caller';
import type { Model } from '../model/model';
import type { ModelDirectory } from '../model/model-directory';
import type { Repositories } from '../repository/repositories';
import type { Repository } from '../repository/repository';
import type { RevisionFinder } from '../repository/revision.finder';
import type { VersionCommitter } from '../repository/version.committer';
import { HubRefusal } from './hub.refusal';

export interface HubRepositoryParts {
  models: ModelDirectory;
  repositories: Repositories;
  committer: VersionCommitter;
  revisions: RevisionFinder;
}

export interface OpenModel {
  model: Model;
  repository: Repository;
}

/** Opens the repositories of models that the caller may see, as they are when every version has its commit. */
export class HubRepositories {
  constructor(private readonly parts: HubRepositoryParts) {}

  /** @throws MODEL_NOT_FOUND also where the caller has no role */
  async open(caller: Caller, fullName: string): Promise<OpenModel> {
    return this.openModel(await this.parts.models.require(caller, fullName, 'VIEWER'));
  }

  async openModel(model: Model): Promise<OpenModel> {
    await this.parts.committer.trySettle(model.id);
    return { model, repository: await this.parts.repositories.open(model.id) };
  }

  /** @throws HubRefusal RevisionNotFound */
  async commitOf({ model, repository }: OpenModel, revision: string): Promise<string> {
    const commit = await this.parts.revisions.find(model.id, repository, revision);
    if (commit === null) throw new HubRefusal('RevisionNotFound', `Invalid rev id: ${revision.slice(0, 80)}`);
    return commit;
  }
}
