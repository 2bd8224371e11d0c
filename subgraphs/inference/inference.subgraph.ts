import { BYTE_PREFIXES, OIP_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { ByteRoute } from '../../platform/bytes/byte-route';
import { PathSigner } from '../../platform/bytes/path-signer';
import type { RequestScope } from '../../platform/caller';
import { buildSubgraphSchema, containerOf, type EntityReference } from '../../platform/subgraph/build-schema';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import { InferResolver } from './direct/infer.resolver';
import { EstimateResolver } from './estimate/estimate.resolver';
import { JobEventResolver } from './event/job-event.resolver';
import { JobEventStore } from './event/job-event.store';
import { GenerationResolver, GenerationSubscriptions } from './generation/generation.resolver';
import { GenerationStreams } from './generation/generation.streams';
import type { InferenceContext } from './inference.context';
import { inferenceLoaders } from './inference.loaders';
import type { InferenceServices } from './inference.services';
import { ChunkStore } from './item/chunk.store';
import { JobItemResolver } from './item/job-item.resolver';
import { DeploymentJobsResolver } from './job/deployment-jobs.resolver';
import { JobStreams } from './job/job-streams';
import { JobSubscriptions } from './job/job.subscriptions';
import { JobResolver } from './job/job.resolver';
import { DeploymentQueueResolver } from './load/deployment-queue.resolver';
import { QueueService } from './load/queue.service';
import { DeploymentMetricsResolver, MetricsSubscriptions } from './metrics/metrics.resolver';
import { MetricsService } from './metrics/metrics.service';
import { MetricsStreams } from './metrics/metrics.streams';
import { OipBytes } from './oip/oip.bytes';
import { OipGenerate } from './oip/oip.generate';
import { OipModels } from './oip/oip.models';
import { OipRepository, type DeploymentPower } from './oip/oip.repository';
import { ServedVersions, type VersionNames } from './oip/served-versions';
import { DeploymentReference } from './references';
import { TensorBytes } from './tensor/tensor.bytes';
import { TensorResolver } from './tensor/tensor.resolver';

/** What others do for the Open Inference Protocol's door. */
export interface Neighbours {
  versions: VersionNames;
  power: DeploymentPower;
}

/** Jobs and the tensors they take and give. */
export function createInferenceSubgraph(services: InferenceServices, neighbours: Neighbours): Subgraph {
  const { database, bus, settings, jobs, submits, infers, store, blobs, tensors, uploads } = services;
  const { publicUrl, tensorMaxBytes: maxBytes, tensorTtlMs: ttlMs, retentionDays } = settings;
  const signer = new PathSigner(database, 'tensor-url');
  const queues = new QueueService(services.deployments, services.loads);
  const metrics = new MetricsService({ store: services.metrics, deployments: services.deployments, queues });
  const { sdl, schema } = buildSubgraphSchema({
    resolvers: [JobResolver, JobSubscriptions, JobItemResolver, JobEventResolver, DeploymentJobsResolver, DeploymentQueueResolver, DeploymentMetricsResolver, MetricsSubscriptions, EstimateResolver, InferResolver, GenerationResolver, GenerationSubscriptions, TensorResolver],
    container: containerOf([
      new JobResolver(jobs, submits), new JobSubscriptions(), new JobItemResolver(), new JobEventResolver(), new DeploymentJobsResolver(),
      new DeploymentQueueResolver(queues), new DeploymentMetricsResolver(metrics), new MetricsSubscriptions(), new EstimateResolver(services.estimates),
      new InferResolver(infers), new GenerationResolver(services.kept), new GenerationSubscriptions(), new TensorResolver({ uploads, signer, publicUrl, ttlMs }),
    ]),
    references: { Job: loadJobs, Deployment: asTheyAre },
  });
  const streams = new JobStreams({ bus, jobs: store, events: new JobEventStore(database), retentionDays });
  const generations = new GenerationStreams({ service: services.generations, kept: services.kept });
  const metricsStreams = new MetricsStreams(bus, metrics);
  const parts = { jobs: store, chunks: new ChunkStore(database) };
  const context = (scope: RequestScope): InferenceContext => ({
    ...scope, loaders: inferenceLoaders(parts, scope.caller), streams, generations, metrics: metricsStreams,
  });
  const { route: tensorRoute } = new TensorBytes({ blobs, tensors, signer, maxBytes, ttlMs });
  const { route: oipRoute } = oipBytes(services, generations, neighbours);
  const bytes: ByteRoute = (request) => (request.path.startsWith(OIP_PREFIX) ? oipRoute : tensorRoute)(request);
  return { name: 'inference', sdl, schema, context, bytePrefixes: BYTE_PREFIXES.inference, bytes };
}

function oipBytes({ direct, deployments, statistics, settings }: InferenceServices, streams: GenerationStreams, { versions: names, power }: Neighbours): OipBytes {
  const versions = new ServedVersions(names);
  return new OipBytes({
    direct, deployments, versions, maxBytes: settings.tensorMaxBytes,
    generate: new OipGenerate({ direct, versions, streams }),
    models: new OipModels({ direct, deployments, versions, statistics }), repository: new OipRepository({ direct, power }),
  });
}

function loadJobs(references: readonly EntityReference[], { loaders }: InferenceContext) {
  return Promise.all(references.map(({ id }) => loaders.jobById.load(String(id))));
}

/** Deployments belong to their own subgraph, which checked the caller; the jobs that hang on them here are checked by themselves. */
function asTheyAre(references: readonly EntityReference[]): DeploymentReference[] {
  return references.map(({ id }) => ({ id: String(id) }));
}
