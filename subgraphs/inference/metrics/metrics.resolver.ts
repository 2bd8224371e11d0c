import { Arg, Ctx, Directive, FieldResolver, Float, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import { InferenceContext } from '../inference.context';
import { DeploymentReference } from '../references';
import { DeploymentMetrics, DeploymentMetricsUpdate } from './deployment-metrics';
import { MetricsService } from './metrics.service';

/** The back link from the deployment, whose own subgraph knows nothing of what is computed. */
@Resolver(() => DeploymentReference)
export class DeploymentMetricsResolver {
  constructor(private readonly service: MetricsService) {}

  @FieldResolver(() => DeploymentMetrics, { nullable: true, description: 'What became of its items; null once it is deleted.' })
  metrics(
    @Root() { id }: DeploymentReference,
    @Arg('windowMs', () => Float, { defaultValue: 3_600_000, description: 'How far back, in milliseconds: 10,000 to 30 days, as far as roll-ups are kept.' }) windowMs: number,
    @Arg('stepMs', () => Int, { nullable: true, description: 'The length of a point: a multiple of 10,000, for windows beyond 115 minutes of 300,000, that makes at most 1,000 points. By default about 120 points.' }) stepMs: number | null,
    @Ctx() { caller }: InferenceContext,
  ): Promise<DeploymentMetrics | null> {
    return this.service.of(caller, id, { windowMs, stepMs: stepMs ?? null });
  }
}

type Opened = { args: { id: string; everyMs: number }; context: InferenceContext };

@Resolver()
export class MetricsSubscriptions {
  @Directive('@tag(name: "stream/state")')
  @Subscription(() => DeploymentMetricsUpdate, {
    description: 'The metrics of a deployment\'s last minute and its queue: now, then as often as asked for where they have changed; a slow reader gets the latest alone. '
      + 'Ends when the deployment is deleted.',
    subscribe: ({ args, context }: Opened) => context.metrics.updates(context, args.id, args.everyMs),
  })
  deploymentMetrics(
    @Arg('id', () => ID, { description: 'The id of the deployment.' }) _id: string,
    @Arg('everyMs', () => Int, { defaultValue: 2_000, description: 'Milliseconds between two looks, 1,000 to 60,000.' }) _everyMs: number,
    @Root() update: DeploymentMetricsUpdate,
  ): DeploymentMetricsUpdate {
    return update;
  }
}
