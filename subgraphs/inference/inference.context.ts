import type { Caller } from '../../platform/caller';
import type { SubgraphContext } from '../../platform/subgraph/subgraph';
import type { GenerationStreams } from './generation/generation.streams';
import type { InferenceLoaders } from './inference.loaders';
import type { JobStreams } from './job/job-streams';
import type { MetricsStreams } from './metrics/metrics.streams';

/** What the resolvers of one operation, or of one subscription event, share. */
export class InferenceContext implements SubgraphContext {
  readonly requestId: string;
  readonly caller: Caller;
  readonly signal?: AbortSignal;
  readonly loaders: InferenceLoaders;
  /** For subscriptions, which type-graphql opens without an instance of their resolver. */
  readonly streams: JobStreams;
  readonly generations: GenerationStreams;
  readonly metrics: MetricsStreams;
}
