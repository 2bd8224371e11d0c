import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { PlatformError } from './errors';
import { readGroupGrant, type Grant } from './grant';
import { isSecureUrl } from './secure-url';

export const SUBGRAPH_NAMES = ['identity', 'model-registry', 'deployment', 'inference'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

interface Variable<T> {
  parser: z.ZodType<T, string>;
  /** Null: the part is optional and off. Text as a person would write it. */
  default: string | null;
  unit?: string;
  sentence: string;
}

const text = z.string().min(1);
const port = z.string().regex(/^\d+$/, 'expected a port number').transform(Number).refine((n) => n <= 65_535, 'expected 0 to 65535');
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.string().regex(/^\d+$/, 'expected a whole number').transform(Number).refine((n) => n >= min && n <= max, `expected ${min} to ${max}`);
const flag = z.enum(['true', 'false'], 'expected true or false').transform((s) => s === 'true');
const list = z.string().transform((s) => s.split(',').map((part) => part.trim()).filter(Boolean));
const url = (...protocols: string[]) =>
  z.string().refine((s) => URL.canParse(s) && protocols.includes(new URL(s).protocol), `expected a URL with ${protocols.join(' or ')}`);
const secureUrl = z.string().refine(isSecureUrl, 'expected a URL with https, or with http on this machine');
/** Whoever can check what these sign cannot sign: HMAC is not among them, nor none. */
const SIGNATURES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const PROVIDERS = ['tensorrt', 'cuda', 'coreml', 'dml', 'cpu'] as const;
const isProvider = (name: string): name is (typeof PROVIDERS)[number] => (PROVIDERS as readonly string[]).includes(name);
const providers = list.refine((names): names is (typeof PROVIDERS)[number][] => names.length > 0 && names.every(isProvider), `expected some of ${PROVIDERS.join(', ')}`);
const signatures = list.refine((names) => names.length > 0 && names.every((name) => SIGNATURES.includes(name)), `expected some of ${SIGNATURES.join(', ')}`);
const grants = list.transform((entries, context) => {
  const byGroup: Record<string, Grant[]> = Object.create(null) as Record<string, Grant[]>;
  for (const entry of entries) {
    const read = readGroupGrant(entry);
    if (read) (byGroup[read.group] ??= []).push(read.grant);
    else context.addIssue(`expected group=namespace:ROLE or group=operator, got "${entry}"`);
  }
  return byGroup;
});
const variable = <T>(row: Variable<T>): Variable<T> => row;

function defaultDataDir(): string {
  return process.getuid?.() === 0 ? '/var/lib/modelgraph' : path.join(os.homedir(), '.local', 'share', 'modelgraph');
}

/** The one table of what can be configured; `docs/configuration.md` and `.env.example` are tested against it. */
export const VARIABLES = {
  DATA_DIR: variable({ parser: text.transform((dir) => path.resolve(dir)), default: defaultDataDir(), sentence: 'Where the embedded Postgres, artifacts, tensors and the gateway key live.' }),
  DATABASE_URL: variable({ parser: url('postgres:', 'postgresql:'), default: null, sentence: 'A Postgres 14 or newer of your own; without it an embedded one is started in DATA_DIR.' }),
  DATABASE_POOL_SIZE: variable({ parser: whole(2, 500), default: '16', unit: 'connections', sentence: 'Database connections of one process.' }),
  REDIS_URL: variable({ parser: url('redis:', 'rediss:'), default: null, sentence: 'Moves the queue and the event bus to Redis; without it both run on Postgres.' }),
  HOST: variable({ parser: text, default: '127.0.0.1', sentence: 'The address the gateway listens on. Anything but loopback demands API keys.' }),
  PORT: variable({ parser: port, default: '4000', sentence: 'The port of the gateway, or of a subgraph that runs alone; 0 takes a free one.' }),
  PUBLIC_URL: variable({ parser: url('http:', 'https:').transform((s) => s.replace(/\/+$/, '')), default: null, sentence: 'How clients reach the gateway, used in upload and download URLs; by default http://HOST:PORT.' }),
  ALLOWED_HOSTS: variable({ parser: list, default: '', sentence: 'Further Host header values that are accepted, separated by commas; loopback names and PUBLIC_URL always are.' }),
  ALLOWED_ORIGINS: variable({ parser: list, default: '', sentence: 'Further browser origins that may call the API, separated by commas; our own always may.' }),
  BODY_MAX_BYTES: variable({ parser: whole(1_024), default: '1048576', unit: 'bytes', sentence: 'The largest GraphQL request body.' }),
  FRAME_MAX_BYTES: variable({ parser: whole(1_024), default: '65536', unit: 'bytes', sentence: 'The largest WebSocket message from a client; larger inputs go by POST or through createTensorUpload.' }),
  GRAPHQL_INTROSPECTION: variable({ parser: flag, default: 'true', sentence: 'Whether clients may ask for the schema; GraphiQL needs it.' }),
  GRAPHQL_MAX_COST: variable({ parser: whole(1), default: '10000', unit: 'points', sentence: 'The most that one operation may cost: about one point per object that it may answer with, ten per mutation.' }),
  RATE_LIMIT_COST: variable({ parser: whole(1, 2_000_000_000), default: null, unit: 'points', sentence: 'The cost that one API key may spend per window, over all gateways; without it there is no limit.' }),
  RATE_LIMIT_WINDOW_MS: variable({ parser: whole(1_000, 86_400_000), default: '60000', unit: 'milliseconds', sentence: 'How long a window of RATE_LIMIT_COST is.' }),
  TRUSTED_DOCUMENTS: variable({ parser: z.enum(['off', 'warn', 'enforce'], 'expected off, warn or enforce'), default: 'off', sentence: 'What is done with GraphQL documents that are not in TRUSTED_DOCUMENTS_FILE: nothing, a line in the log, or a refusal.' }),
  TRUSTED_DOCUMENTS_FILE: variable({ parser: text.transform((file) => path.resolve(file)), default: null, sentence: 'The documents of your own clients: an Apollo persisted query manifest, or a JSON object of documents by id.' }),
  STREAMS_PER_KEY: variable({ parser: whole(1), default: '5000', unit: 'subscriptions', sentence: 'How many subscriptions one API key may have open on one gateway.' }),
  STREAMS_TOTAL: variable({ parser: whole(1), default: '20000', unit: 'subscriptions', sentence: 'How many subscriptions one gateway serves at a time.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({ parser: url('http:', 'https:'), default: null, sentence: 'An OpenTelemetry collector, such as http://collector:4318, that spans are sent to; without it nothing is traced.' }),
  OTEL_TRACES_SAMPLER_ARG: variable({ parser: z.string().regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'expected 0 to 1').transform(Number), default: '1', sentence: 'The part of the traces beginning here that is kept, 0 to 1; where a client names a trace, its decision is kept.' }),
  LOG_LEVEL: variable({ parser: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'expected a pino level'), default: 'info', sentence: 'The least severe level that is logged, as JSON lines on stderr.' }),
  WORKERS: variable({ parser: whole(0, 64), default: '1', unit: 'processes', sentence: 'How many worker processes npm start forks and keeps alive.' }),
  WORKER_NAME: variable({ parser: text, default: `${os.hostname()}-0`, sentence: 'The stable name of a worker; a restarted worker takes over what its name had.' }),
  WORKER_MEMORY_BYTES: variable({ parser: whole(64 * 1024 * 1024), default: null, unit: 'bytes', sentence: 'Memory that replicas may reserve on this worker; by default three quarters of the machine.' }),
  WORKER_CONCURRENCY: variable({ parser: whole(1, 4_096), default: '64', unit: 'chunks', sentence: 'Queue entries a worker holds per revision at a time, running or waiting for dispatch.' }),
  WORKER_AUTOTUNE_BUDGET_MS: variable({ parser: whole(0, 60_000), default: '1500', unit: 'milliseconds', sentence: 'What a worker may spend at the first load of a revision on measuring which batch size pays; 0 measures nothing and leaves batching off where it is not asked for.' }),
  WORKER_SCHEDULING: variable({ parser: z.enum(['FIFO', 'SRT', 'EDF'], 'expected FIFO, SRT or EDF'), default: 'SRT', sentence: 'Which replica of a worker computes next when all slots are taken, among those of one namespace: the one that waits longest, the shortest run with ageing, or the earliest deadline.' }),
  WORKER_DEVICE_SLOTS: variable({ parser: whole(1, 1_024), default: null, unit: 'runs', sentence: 'Runs that compute at a time on a worker; by default one per processor.' }),
  WORKER_EXECUTION_PROVIDERS: variable({ parser: providers, default: 'cpu', sentence: 'What a worker computes with, separated by commas, the first that takes a model: tensorrt, cuda, coreml, dml, cpu. The processor comes last, asked for or not; a model that falls back is told of in the log.' }),
  WORKER_SPARE_RUNNERS: variable({ parser: whole(0, 64), default: '1', unit: 'processes', sentence: 'Started runners without a model, of about 80 MB each, that a worker keeps to replace one whose run was ended; each serves revisions with the same memory and threads.' }),
  WORKER_DIRECT_HOST: variable({ parser: text, default: '127.0.0.1', sentence: 'The address on which a worker takes direct calls of inference services; a wildcard is told to them as the host name.' }),
  WORKER_DIRECT_PORT: variable({ parser: port, default: '0', sentence: 'The port on which it does; 0 takes a free one. Of use only to a worker that is alone on its machine.' }),
  MODEL_MAX_BYTES: variable({ parser: whole(1), default: '2147483648', unit: 'bytes', sentence: 'The largest model file that is accepted.' }),
  GIT_PUSH_MAX_BYTES: variable({ parser: whole(1_024), default: '67108864', unit: 'bytes', sentence: 'The largest pack of one git push; weights travel beside it, as LFS objects of up to MODEL_MAX_BYTES.' }),
  GIT_PROCESSES_PER_KEY: variable({ parser: whole(1, 10_000), default: '8', unit: 'exchanges', sentence: 'How many fetches and pushes one API key may have under way at a registry; further ones wait 20 s for their turn, then answer GIT_BUSY.' }),
  GIT_PROCESSES_TOTAL: variable({ parser: whole(1, 10_000), default: '32', unit: 'exchanges', sentence: 'How many all keys together may have, each of them a Git process.' }),
  ARTIFACT_STORE: variable({ parser: z.enum(['file', 's3', 'hdfs'], 'expected file, s3 or hdfs'), default: 'file', sentence: 'Where model files are kept: a folder in DATA_DIR, a bucket, or HDFS. See docs/artifact-stores.md.' }),
  STORE_TIMEOUT_MS: variable({ parser: whole(100, 100_000), default: '30000', unit: 'milliseconds', sentence: 'How long a bucket or HDFS may say nothing before a request to it is given up; a bucket is asked three times in all.' }),
  S3_ENDPOINT: variable({ parser: url('http:', 'https:'), default: null, sentence: 'The S3 server; by default the one of Amazon for S3_REGION.' }),
  S3_REGION: variable({ parser: text, default: 'us-east-1', sentence: 'The region of the bucket.' }),
  S3_BUCKET: variable({ parser: text, default: null, sentence: 'The bucket, which must exist; needed with ARTIFACT_STORE=s3.' }),
  S3_ACCESS_KEY_ID: variable({ parser: text, default: null, sentence: 'The key of the bucket; by default what the instance role or profile gives.' }),
  S3_SECRET_ACCESS_KEY: variable({ parser: text, default: null, sentence: 'The secret of S3_ACCESS_KEY_ID.' }),
  S3_PATH_STYLE: variable({ parser: flag, default: 'true', sentence: 'Whether the bucket is in the path; false puts it in the host name, as newer buckets of Amazon want it.' }),
  HDFS_URL: variable({ parser: url('http:', 'https:').transform((s) => s.replace(/\/+$/, '')), default: null, sentence: 'WebHDFS of the namenode, or HttpFS, such as http://namenode:9870; needed with ARTIFACT_STORE=hdfs.' }),
  HDFS_FOLDER: variable({ parser: z.string().regex(/^(\/[\w.-]+)+$/, 'expected an absolute path'), default: '/modelgraph', sentence: 'The folder in HDFS.' }),
  HDFS_USER: variable({ parser: text, default: null, sentence: 'The user.name that HDFS is told, where it believes names.' }),
  HDFS_DELEGATION_TOKEN: variable({ parser: text, default: null, sentence: 'A delegation token in place of HDFS_USER, where HDFS demands Kerberos; whoever issues it renews it.' }),
  UPLOAD_TTL_MS: variable({ parser: whole(1_000), default: '3600000', unit: 'milliseconds', sentence: 'How long an upload URL stays valid.' }),
  TENSOR_MAX_BYTES: variable({ parser: whole(65_536), default: '268435456', unit: 'bytes', sentence: 'The largest tensor that is accepted as a blob.' }),
  TENSOR_TTL_MS: variable({ parser: whole(60_000), default: '86400000', unit: 'milliseconds', sentence: 'How long tensor blobs are kept; their signed URLs end with them.' }),
  METRICS_PORT: variable({ parser: port, default: null, sentence: 'A port of its own for /metrics of a worker or a subgraph that runs alone; 0 takes a free one, without it there is none. Those that npm start runs are told at the gateway\'s.' }),
  METRICS_HOST: variable({ parser: text, default: '127.0.0.1', sentence: 'The address of METRICS_PORT. Whoever reaches it may read it.' }),
  METRIC_RETENTION_DAYS: variable({ parser: whole(1, 3_650), default: '7', unit: 'days', sentence: 'How long the roll-ups behind Deployment.metrics are kept.' }),
  JOB_RETENTION_DAYS: variable({ parser: whole(1, 3_650), default: '30', unit: 'days', sentence: 'How long jobs and their events are kept, in whole daily partitions.' }),
  BOOTSTRAP_API_KEY: variable({ parser: z.string().min(32, 'expected at least 32 characters'), default: null, sentence: 'The admin key of the first start when bound to anything but loopback; without it one is made and printed once.' }),
  GATEWAY_PUBLIC_KEY_DIR: variable({ parser: text.transform((dir) => path.resolve(dir)), default: null, sentence: 'Where the gateway leaves its public key for subgraphs in other processes; by default DATA_DIR, where its private key is.' }),
  OIDC_ISSUER: variable({ parser: secureUrl, default: null, sentence: 'An OpenID Connect issuer whose tokens are accepted beside API keys, exactly as its tokens write it.' }),
  OIDC_AUDIENCE: variable({ parser: text, default: null, sentence: 'The audience that those tokens must be made for; needed with OIDC_ISSUER.' }),
  OIDC_JWKS_URL: variable({ parser: secureUrl, default: null, sentence: 'Where the issuer publishes its keys; by default where its discovery document says.' }),
  OIDC_ALGORITHMS: variable({ parser: signatures, default: 'RS256,ES256,EdDSA', sentence: 'The signatures that are believed, separated by commas.' }),
  OIDC_ROLES_CLAIM: variable({ parser: text, default: 'roles', sentence: 'The claim, as a path with dots, that holds roles: namespace:ROLE, a group of OIDC_GRANTS, or an object of roles by namespace.' }),
  OIDC_GRANTS: variable({ parser: grants, default: '', sentence: 'What groups of the issuer may do, such as ml-team=default:DEVELOPER,ops=operator; only these make operators.' }),
  SUBGRAPH_IDENTITY_URL: variable({ parser: url('http:', 'https:'), default: null, sentence: 'Where the identity subgraph runs, when in a process of its own.' }),
  SUBGRAPH_MODEL_REGISTRY_URL: variable({ parser: url('http:', 'https:'), default: null, sentence: 'Where the model-registry subgraph runs, when in a process of its own.' }),
  SUBGRAPH_DEPLOYMENT_URL: variable({ parser: url('http:', 'https:'), default: null, sentence: 'Where the deployment subgraph runs, when in a process of its own.' }),
  SUBGRAPH_INFERENCE_URL: variable({ parser: url('http:', 'https:'), default: null, sentence: 'Where the inference subgraph runs, when in a process of its own.' }),
  SUBGRAPHS_FILE: variable({ parser: text.transform((file) => path.resolve(file)), default: null, sentence: 'A JSON file of subgraphs of other people beside ours, or of how those of SUPERGRAPH_FILE are reached; see docs/foreign-subgraphs.md.' }),
  SUPERGRAPH_FILE: variable({ parser: text.transform((file) => path.resolve(file)), default: null, sentence: 'A composed supergraph (SDL) that the gateway, alone, serves in place of ours.' }),
  GRAPH_POLL_MS: variable({ parser: whole(100, 86_400_000), default: '10000', unit: 'milliseconds', sentence: 'How often subgraphs in other processes are asked for their SDL again, and the files of the graph are read again; a changed file is seen at once.' }),
} as const;

export type VariableName = keyof typeof VARIABLES;
type Values = { [Name in VariableName]: (typeof VARIABLES)[Name] extends Variable<infer T> ? T : never };
type Optional = 'DATABASE_URL' | 'REDIS_URL' | 'PUBLIC_URL' | 'WORKER_MEMORY_BYTES' | 'METRICS_PORT' | 'BOOTSTRAP_API_KEY'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'RATE_LIMIT_COST' | 'TRUSTED_DOCUMENTS_FILE' | 'GATEWAY_PUBLIC_KEY_DIR' | 'OIDC_ISSUER' | 'OIDC_AUDIENCE' | 'OIDC_JWKS_URL' | 'S3_ENDPOINT' | 'S3_BUCKET' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY' | 'HDFS_URL' | 'HDFS_USER' | 'HDFS_DELEGATION_TOKEN'
  | 'SUBGRAPHS_FILE' | 'SUPERGRAPH_FILE' | `SUBGRAPH_${string}_URL`;
type Parsed = { [Name in VariableName]: Name extends Optional ? Values[Name] | null : Values[Name] };

export type Environment = ReturnType<typeof group>;

/**
 * Parses every variable once.
 * @throws CONFIGURATION_INVALID naming all faults together
 */
export function readEnvironment(source: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const faults: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(VARIABLES) as [string, Variable<unknown>][]) {
    const raw = source[name] || row.default;
    if (raw === null) { parsed[name] = null; continue; }
    const result = row.parser.safeParse(raw);
    if (result.success) parsed[name] = result.data;
    else faults.push(`${name}: ${result.error.issues[0]?.message ?? 'not understood'}`);
  }
  if (source['OIDC_ISSUER'] && !source['OIDC_AUDIENCE']) faults.push('OIDC_AUDIENCE: needed with OIDC_ISSUER, or tokens for others would be taken');
  if (parsed['TRUSTED_DOCUMENTS'] !== 'off' && parsed['TRUSTED_DOCUMENTS_FILE'] === null) faults.push('TRUSTED_DOCUMENTS_FILE: needed with TRUSTED_DOCUMENTS');
  if (source['ARTIFACT_STORE'] === 's3' && !source['S3_BUCKET']) faults.push('S3_BUCKET: needed with ARTIFACT_STORE=s3');
  if (source['ARTIFACT_STORE'] === 'hdfs' && !source['HDFS_URL']) faults.push('HDFS_URL: needed with ARTIFACT_STORE=hdfs');
  if (!source['S3_ACCESS_KEY_ID'] !== !source['S3_SECRET_ACCESS_KEY']) faults.push('S3_ACCESS_KEY_ID: comes with S3_SECRET_ACCESS_KEY, or neither');
  if (faults.length > 0) throw new PlatformError('CONFIGURATION_INVALID', `Wrong environment variables:\n  ${faults.join('\n  ')}`, { faults });
  return group(parsed as Parsed);
}

/** This process's environment for a child of ours, with some of it set otherwise. */
export function childEnvironment(overrides: Readonly<Partial<Record<VariableName, string>>>): NodeJS.ProcessEnv {
  // Libraries check more where this is not said: 2 % of a request is graphql-js looking for a second copy of itself.
  return { NODE_ENV: 'production', ...process.env, ...overrides };
}

/** Where programs that we start are looked for; all else of this process's environment is kept from them. */
export function childPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}

function group(v: Parsed) {
  return Object.freeze({
    data: { dir: v.DATA_DIR },
    postgres: { url: v.DATABASE_URL, poolSize: v.DATABASE_POOL_SIZE },
    redis: v.REDIS_URL === null ? null : { url: v.REDIS_URL },
    http: {
      host: v.HOST, port: v.PORT, publicUrl: v.PUBLIC_URL, allowedHosts: v.ALLOWED_HOSTS, allowedOrigins: v.ALLOWED_ORIGINS,
      bodyMaxBytes: v.BODY_MAX_BYTES, frameMaxBytes: v.FRAME_MAX_BYTES, bootstrapApiKey: v.BOOTSTRAP_API_KEY,
    },
    graphql: {
      introspection: v.GRAPHQL_INTROSPECTION, streams: { perKey: v.STREAMS_PER_KEY, total: v.STREAMS_TOTAL }, maxCost: v.GRAPHQL_MAX_COST,
      budget: v.RATE_LIMIT_COST === null ? null : { points: v.RATE_LIMIT_COST, windowMs: v.RATE_LIMIT_WINDOW_MS },
      trusted: { mode: v.TRUSTED_DOCUMENTS, file: v.TRUSTED_DOCUMENTS_FILE },
    },
    gatewayKey: { publicDir: v.GATEWAY_PUBLIC_KEY_DIR ?? v.DATA_DIR },
    oidc: v.OIDC_ISSUER === null || v.OIDC_AUDIENCE === null ? null : {
      issuer: v.OIDC_ISSUER, audience: v.OIDC_AUDIENCE, jwksUrl: v.OIDC_JWKS_URL, algorithms: v.OIDC_ALGORITHMS,
      mapping: { claim: v.OIDC_ROLES_CLAIM, grants: v.OIDC_GRANTS },
    },
    tracing: v.OTEL_EXPORTER_OTLP_ENDPOINT === null ? null : { endpoint: v.OTEL_EXPORTER_OTLP_ENDPOINT, sampleRatio: v.OTEL_TRACES_SAMPLER_ARG },
    log: { level: v.LOG_LEVEL },
    worker: {
      count: v.WORKERS, name: v.WORKER_NAME, memoryBytes: v.WORKER_MEMORY_BYTES, concurrency: v.WORKER_CONCURRENCY,
      directHost: v.WORKER_DIRECT_HOST, directPort: v.WORKER_DIRECT_PORT, autotuneBudgetMs: v.WORKER_AUTOTUNE_BUDGET_MS,
      scheduling: v.WORKER_SCHEDULING, deviceSlots: v.WORKER_DEVICE_SLOTS, spareRunners: v.WORKER_SPARE_RUNNERS,
      executionProviders: v.WORKER_EXECUTION_PROVIDERS,
    },
    artifacts: artifactsOf(v),
    model: { maxBytes: v.MODEL_MAX_BYTES, uploadTtlMs: v.UPLOAD_TTL_MS, pushMaxBytes: v.GIT_PUSH_MAX_BYTES, exchanges: { perKey: v.GIT_PROCESSES_PER_KEY, total: v.GIT_PROCESSES_TOTAL } },
    tensor: { maxBytes: v.TENSOR_MAX_BYTES, ttlMs: v.TENSOR_TTL_MS },
    metrics: { listen: v.METRICS_PORT === null ? null : { host: v.METRICS_HOST, port: v.METRICS_PORT }, retentionDays: v.METRIC_RETENTION_DAYS },
    job: { retentionDays: v.JOB_RETENTION_DAYS },
    subgraphs: {
      identity: v.SUBGRAPH_IDENTITY_URL, 'model-registry': v.SUBGRAPH_MODEL_REGISTRY_URL,
      deployment: v.SUBGRAPH_DEPLOYMENT_URL, inference: v.SUBGRAPH_INFERENCE_URL,
    } satisfies Record<SubgraphName, string | null>,
    graphs: { subgraphsFile: v.SUBGRAPHS_FILE, supergraphFile: v.SUPERGRAPH_FILE, pollMs: v.GRAPH_POLL_MS },
  });
}

/** `readEnvironment` has refused a store without its address. */
function artifactsOf(v: Parsed) {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = v;
  switch (v.ARTIFACT_STORE) {
    case 'file': return { store: 'file' } as const;
    case 's3': return { store: 's3', s3: {
      endpoint: v.S3_ENDPOINT, region: v.S3_REGION, bucket: v.S3_BUCKET!, isPathStyle: v.S3_PATH_STYLE, timeoutMs: v.STORE_TIMEOUT_MS,
      credentials: accessKeyId !== null && secretAccessKey !== null ? { accessKeyId, secretAccessKey } : null,
    } } as const;
    case 'hdfs': return { store: 'hdfs', hdfs: {
      url: v.HDFS_URL!, folder: v.HDFS_FOLDER, user: v.HDFS_USER, delegationToken: v.HDFS_DELEGATION_TOKEN, timeoutMs: v.STORE_TIMEOUT_MS,
    } } as const;
  }
}
