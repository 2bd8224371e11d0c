import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from './model-version';
import { Lineage } from './training-facts';
import { UpdateVersionInput, UpdateVersionPayload } from './training-facts.inputs';
import { VersionTeller } from './version.teller';

@Resolver(() => ModelVersion)
export class VersionStoryResolver {
  constructor(private readonly teller: VersionTeller) {}

  @FieldResolver(() => Lineage, { description: 'Where it comes from, as its people told.' })
  lineage(@Root() { derivedFromId, baseModel, dataset, trainingRunUrl }: ModelVersion): Lineage {
    return { derivedFromId, baseModel, dataset, trainingRunUrl };
  }

  @Mutation(() => UpdateVersionPayload, { description: 'Changes what is told of a version: words, tags, metrics, parameters, lineage. Needs the role DEVELOPER.' })
  async updateVersion(
    @Arg('input', () => UpdateVersionInput, { description: 'What to change.' }) { id, ...story }: UpdateVersionInput, @Ctx() scope: RegistryContext,
  ): Promise<UpdateVersionPayload> {
    return { version: await this.teller.update(scope, id, story) };
  }
}

@Resolver(() => Lineage)
export class LineageResolver {
  @FieldResolver(() => ModelVersion, { nullable: true, description: 'The version that it was made from; null when none was told, or the caller may not see it.' })
  async derivedFrom(@Root() { derivedFromId }: Lineage, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return derivedFromId === null ? null : loaders.versionById.load(derivedFromId);
  }
}
