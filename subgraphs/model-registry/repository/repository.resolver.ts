import { Args, Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Page } from '../../../platform/paging';
import { PageArgs } from '../../../platform/subgraph/connection';
import { Model } from '../model/model';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { Commit, CommitConnection } from './commit';
import { CommitLog } from './commit.log';

@Resolver(() => Model)
export class RepositoryResolver {
  constructor(private readonly log: CommitLog, private readonly publicUrl: string) {}

  @FieldResolver(() => String, { description: 'Where `git clone` finds its repository, with an API key as the password; weights come by Git LFS.' })
  cloneUrl(@Root() { fullName }: Model): string {
    return `${this.publicUrl}/git/${fullName}.git`;
  }

  @Directive('@cost(weight: 20)')
  @FieldResolver(() => CommitConnection, { description: 'The history of `main` in its repository.' })
  commits(@Root() { id }: Model, @Args() page: PageArgs): Promise<Page<Commit>> {
    return this.log.page(id, page);
  }
}

@Resolver(() => Commit)
export class CommitResolver {
  @FieldResolver(() => ModelVersion, { nullable: true, description: 'The version that it made; null when it left the model as it was.' })
  async version(@Root() { id, modelId }: Commit, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return loaders.versionByCommit.load({ modelId, commit: id });
  }
}
