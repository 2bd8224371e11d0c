import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { VersionComparison } from './version-comparison';
import { VersionComparer } from './version.comparer';

@Resolver(() => VersionComparison)
export class ComparisonResolver {
  constructor(private readonly comparer: VersionComparer) {}

  @Query(() => VersionComparison, { description: 'How version `b` differs from version `a`: what callers of `a` meet at `b`.' })
  compareVersions(
    @Arg('a', () => ID, { description: 'The id of the version that is there now.' }) a: string,
    @Arg('b', () => ID, { description: 'The id of the version that shall come.' }) b: string,
    @Ctx() { caller }: RegistryContext,
  ): Promise<VersionComparison> {
    return this.comparer.compare(caller, { a, b });
  }

  @FieldResolver(() => ModelVersion, { description: 'The first version.' })
  a(@Root() { first }: VersionComparison): ModelVersion {
    return first;
  }

  @FieldResolver(() => ModelVersion, { description: 'The second version.' })
  b(@Root() { second }: VersionComparison): ModelVersion {
    return second;
  }
}
