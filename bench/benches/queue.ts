import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { openEventBus } from '../../platform/bus/open-bus';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { openDatabase } from '../../platform/database/open-database';
import { silentLog } from '../../platform/log';
import { openQueue } from '../../platform/queue/open-queue';
import { ensureDatabase } from '../../platform/postgres/ensure-database';
import { DeploymentDirectory, deploymentEntities } from '../../subgraphs/deployment';
import { AuditLog, identityEntities } from '../../subgraphs/identity';
import { createInferenceServices } from '../../subgraphs/inference';
import { Api } from '../support/api';
import { deployModel } from '../support/deploy';
import { identityItem, identityModel } from '../support/models';
import { hasRedis, startRedis } from '../support/redis-process';
import { percentile, round } from '../support/report';
import { startShaped, type Shape, type ShapedPlatform } from '../support/shape';
import { bareOnPostgres, bareOnRedis, type QueueLoad } from './bare-bullmq';
import { closedLoop } from './closed-loop';
import { idleLatency } from './idle-latency';
import { JobWatch } from './job-watch';
import { versions } from './versions';

const LOAD: QueueLoad = { inFlight: 64, concurrency: 16, warmUpSeconds: 3, seconds: 6 };
/** Turns of each side, one after another, so that the machine's moods meet both. */
const ROUNDS = 3;
const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';

/** Jobs per second. */
interface Turn {
  bare: number;
  service: number;
  graphql: number;
}

interface BackendFigures extends Turn {
  turns: Turn[];
  idleMs: { p50: number; p99: number };
}

/** Durable jobs per second, submit → row → queue → runner → row → event, against bare BullMQ moving the same ids on the same backend. */
export async function queueBench(shape: Shape): Promise<object> {
  const postgres = await onBackend(shape, null);
  const redis = hasRedis() ? await withRedis((url) => onBackend(shape, url)) : null;
  const ratio = (figures: BackendFigures | null, part: 'service' | 'graphql') => (figures ? round(figures[part] / figures.bare, 3) : null);
  return {
    bench: shape === 'whole' ? 'queue' : `queue-${shape}`,
    ratios: { redis: ratio(redis, 'service'), redisGraphql: ratio(redis, 'graphql'), postgres: ratio(postgres, 'service'), postgresGraphql: ratio(postgres, 'graphql') },
    figures: { unit: 'jobs per second; idle milliseconds from submit to the final event at a subscriber', load: LOAD, redis, postgres },
    versions: versions(),
  };
}

async function withRedis<T>(work: (url: string) => Promise<T>): Promise<T> {
  const redis = await startRedis();
  try {
    return await work(redis.url);
  } finally {
    await redis.stop();
  }
}

/** Bare, the service and GraphQL in turn, on one platform and one server each. */
async function onBackend(shape: Shape, redisUrl: string | null): Promise<BackendFigures> {
  const env = { WORKER_CONCURRENCY: String(LOAD.concurrency), ...(redisUrl ? { REDIS_URL: redisUrl } : {}) };
  const platform = await startShaped(shape, { workers: 1, env });
  const api = new Api(platform.url);
  try {
    const { databaseUrl } = platform;
    const bareUrl = redisUrl ?? await bareDatabase(databaseUrl);
    const deployment = await deployModel(api, { name: 'identity', onnx: identityModel() });
    const turns: Turn[] = [];
    for (let turn = 0; turn < ROUNDS; turn++) {
      const bare = await (redisUrl ? bareOnRedis : bareOnPostgres)(bareUrl, LOAD);
      turns.push({ bare: bare.perSecond, ...await ours({ platform, api, databaseUrl, redisUrl, deployment }) });
    }
    const idleMs = await idleLatency({ url: platform.url, api, deployment, items: [identityItem()] });
    return { ...medians(turns), turns: turns.map(rounded), idleMs };
  } finally {
    await api.close();
    await platform.stop();
  }
}

function medians(turns: readonly Turn[]): Turn {
  const median = (part: keyof Turn) => percentile(turns.map((turn) => turn[part]), 0.5);
  return rounded({ bare: median('bare'), service: median('service'), graphql: median('graphql') });
}

function rounded({ bare, service, graphql }: Turn): Turn {
  return { bare: round(bare, 0), service: round(service, 0), graphql: round(graphql, 0) };
}

/** A database of its own on the same server, so that neither side pays for the other's tables. */
async function bareDatabase(databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl);
  url.pathname = '/bare';
  await ensureDatabase(url.href);
  return url.href;
}

interface OursOptions {
  platform: ShapedPlatform;
  api: Api;
  databaseUrl: string;
  redisUrl: string | null;
  deployment: string;
}

async function ours({ platform, api, databaseUrl, redisUrl, deployment }: OursOptions): Promise<{ service: number; graphql: number }> {
  const log = silentLog();
  const database = await openDatabase({ url: databaseUrl, poolSize: 8, entities: [...identityEntities, ...deploymentEntities], log });
  const bus = await openEventBus({ databaseUrl, redisUrl, log });
  const queue = await openQueue({ databaseUrl, redisUrl, log });
  const deployments = new DeploymentDirectory(database, bus);
  const settings = { dataDir: platform.dataDir, publicUrl: platform.url, tensorMaxBytes: 1 << 20, tensorTtlMs: 60_000, uploadTtlMs: 60_000, retentionDays: 1, metricRetentionDays: 1, generationMaxTokens: 1 };
  const inference = createInferenceServices({ database, bus, queue, log, audit: new AuditLog(), deployments, settings, registry: new Registry() });
  const watch = new JobWatch(database, bus);
  await watch.start();
  const scope = () => ({ requestId: randomUUID(), caller: BOOTSTRAP_ADMIN });
  const items = [{ inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [1, 4], json: [1, 2, 3, 4] }] }];
  const viaService = () => inference.submits.submit(scope(), { deployment, items });
  const viaGraphql = async () => {
    const { submitInference } = await api.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input: { deployment, items: [identityItem()] } });
    return submitInference.job.id;
  };
  const jobs = (submit: () => Promise<string>) => closedLoop({
    ...LOAD,
    operation: async () => {
      const status = await watch.final(await submit());
      if (status !== 'SUCCEEDED') throw new Error(`A job ended ${status}.`);
    },
  });
  try {
    const service = await jobs(viaService);
    const graphql = await jobs(viaGraphql);
    return { service: service.perSecond, graphql: graphql.perSecond };
  } finally {
    watch.stop();
    await inference.close();
    await deployments.close();
    await Promise.all([queue.close(), bus.close()]);
    await database.close();
  }
}
