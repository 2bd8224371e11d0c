import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Model } from '../model/model';
import { PrincipalReference } from '../references';
import { RegistryContext } from '../registry.loaders';
import { ModelVersion } from '../version/model-version';
import { AliasPeriod, AliasPeriodArgs } from './alias-period';

@Resolver(() => Model)
export class AliasAtResolver {
  @FieldResolver(() => AliasPeriod, { nullable: true, description: 'Which version an alias names, or named at a moment; null when it named none.' })
  alias(@Root() { id }: Model, @Args() { name, at }: AliasPeriodArgs, @Ctx() { loaders }: RegistryContext): Promise<AliasPeriod | null> {
    return loaders.aliasPeriod.load({ modelId: id, name, at: at ?? null });
  }
}

@Resolver(() => AliasPeriod)
export class AliasPeriodResolver {
  @FieldResolver(() => ModelVersion, { description: 'The version that it named.' })
  version(@Root() { versionId }: AliasPeriod, @Ctx() { loaders }: RegistryContext): Promise<ModelVersion | null> {
    return loaders.versionById.load(versionId);
  }

  @FieldResolver(() => PrincipalReference, { description: 'Who let it name the version.' })
  createdBy(@Root() { createdById }: AliasPeriod): PrincipalReference {
    return { id: createdById };
  }
}
