import { Arg, Directive, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { RegistryContext } from '../registry.loaders';
import { ModelVersion } from './model-version';

/** type-graphql calls `subscribe` without an instance: what it needs comes with the context. */
interface Opened {
  args: { id: string };
  context: RegistryContext;
}

@Resolver()
export class VersionSubscription {
  @Directive('@tag(name: "stream/state")')
  @Subscription(() => ModelVersion, {
    description: 'A model version as it is now, and again when its inspection has ended; then the stream ends.',
    subscribe: ({ args, context }: Opened) => context.versions.follow(context, args.id),
  })
  modelVersionUpdated(
    @Arg('id', () => ID, { description: 'The id of the version.' }) _id: string, @Root() version: ModelVersion,
  ): ModelVersion {
    return version;
  }
}
