import { getNamedType, isObjectType, Kind, parse, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { BYTE_PREFIXES, MLFLOW_PREFIX, OIP_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { Caller } from '../../platform/caller';
import { isErrorCode } from '../../platform/errors';
import { executeOperation } from '../../platform/subgraph/run-operation';
import { Attacker, type Answer } from '../support/attacker';
import { composedSchema } from '../support/composed.schema';
import { makeTenants, type Tenants } from '../support/tenants';

/**
 * Every field that returns a node stands in one of these tables, with how a stranger asks for it; a new field fails the first test until it
 * does. Red owns one of everything, blue's admin asks. Each table's test has red ask the same, so that none passes by asking nothing.
 */
const ROOTS: Record<string, string> = {
  'Query.namespace': '(name: "red")', 'Query.namespaces': '', 'Query.model': '(fullName: "red/echo")', 'Query.models': '(includeArchived: true)',
  'Query.upload': '(id: "$upload")', 'Query.versionDraft': '(id: "$draft")', 'Query.compareVersions': '(a: "$version", b: "$version")', 'Query.modelVersion': '(id: "$version")', 'Query.deployment': '(fullName: "red/echo")', 'Query.deployments': '',
  'Query.workers': '', 'Query.job': '(id: "$job")', 'Query.jobs': '', 'Query.viewer': '',
};

const SUBSCRIPTIONS: Record<string, string> = {
  'Subscription.jobUpdated': '(id: "$job")', 'Subscription.jobEvents': '(id: "$job")', 'Subscription.deploymentUpdated': '(id: "$deployment")',
  'Subscription.modelVersionUpdated': '(id: "$version")', 'Subscription.deploymentMetrics': '(id: "$deployment")',
  'Subscription.inferStream': '(input: { deployment: "red/decoder", tokens: [1] })',
};

/** With each mutation: its input, and what a stranger is told. */
const MUTATIONS: Record<string, [input: string, code: string]> = {
  'Mutation.createDeployment': ['{ namespace: "red", name: "x", model: "red/echo", version: 1 }', 'NAMESPACE_NOT_FOUND'],
  'Mutation.scaleDeployment': ['{ deployment: "red/echo", replicas: 2 }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.setResultReuse': ['{ deployment: "red/echo", resultReuse: { ttlMs: 1000 } }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.setAdmission': ['{ deployment: "red/echo", admission: { maxQueue: 1 } }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.stopDeployment': ['{ deployment: "red/echo" }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.startDeployment': ['{ deployment: "$deployment" }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.deleteDeployment': ['{ deployment: "red/echo" }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.createRelease': ['{ deployment: "red/echo", revision: 1 }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.rollbackDeployment': ['{ deployment: "red/echo" }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.createRevision': ['{ deployment: "red/echo", version: 1 }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.drainWorker': ['{ id: "$worker" }', 'FORBIDDEN'],
  'Mutation.createApiKey': ['{ namespace: "red", name: "x", role: VIEWER }', 'NAMESPACE_NOT_FOUND'],
  'Mutation.revokeApiKey': ['{ id: "$key" }', 'API_KEY_NOT_FOUND'],
  'Mutation.createNamespace': ['{ name: "green" }', 'FORBIDDEN'],
  'Mutation.infer': ['{ deployment: "red/echo", inputs: [{ name: "x", datatype: FP32, shape: [1], json: [1] }] }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.submitInference': ['{ deployment: "red/echo", items: [{ inputs: [{ name: "x", datatype: FP32, shape: [1], json: [1] }] }] }', 'DEPLOYMENT_NOT_FOUND'],
  'Mutation.cancelGeneration': ['{ id: "$job" }', 'GENERATION_NOT_FOUND'],
  'Mutation.cancelJob': ['{ id: "$job" }', 'JOB_NOT_FOUND'],
  'Mutation.retryJob': ['{ id: "$job" }', 'JOB_NOT_FOUND'],
  'Mutation.createTensorUpload': ['{ namespace: "red", datatype: FP32, shape: [1] }', 'NAMESPACE_NOT_FOUND'],
  'Mutation.setAlias': ['{ model: "red/echo", alias: "x", version: 1 }', 'MODEL_NOT_FOUND'],
  'Mutation.removeAlias': ['{ model: "red/echo", alias: "red-live" }', 'MODEL_NOT_FOUND'],
  'Mutation.rollbackAlias': ['{ model: "red/echo", alias: "red-live" }', 'MODEL_NOT_FOUND'],
  'Mutation.protectAlias': ['{ model: "red/echo", alias: "red-live" }', 'MODEL_NOT_FOUND'],
  'Mutation.createModel': ['{ namespace: "red", name: "x" }', 'NAMESPACE_NOT_FOUND'],
  'Mutation.updateModel': ['{ model: "red/echo", description: "x" }', 'MODEL_NOT_FOUND'],
  'Mutation.archiveModel': ['{ model: "red/echo" }', 'MODEL_NOT_FOUND'],
  'Mutation.createUpload': ['{ model: "red/echo" }', 'MODEL_NOT_FOUND'],
  'Mutation.createVersionDraft': ['{ model: "red/echo" }', 'MODEL_NOT_FOUND'],
  'Mutation.publishVersion': ['{ draft: "$draft" }', 'UPLOAD_NOT_FOUND'],
  'Mutation.updateVersion': ['{ id: "$version" }', 'VERSION_NOT_FOUND'],
  'Mutation.archiveVersion': ['{ id: "$version" }', 'VERSION_NOT_FOUND'],
};

/** The keys by which each entity is asked for through `_entities`, in every subgraph that resolves it. */
const ENTITIES: Record<string, string[]> = {
  Namespace: ['{ name: "red" }'], Principal: ['{ id: "$principal" }'], Model: ['{ id: "$model" }', '{ fullName: "red/echo" }'], ModelVersion: ['{ id: "$version" }'],
  Deployment: ['{ id: "$deployment" }', '{ fullName: "red/echo" }'], Revision: ['{ id: "$revision" }'], Worker: ['{ id: "$worker" }'], Job: ['{ id: "$job" }'],
};

/** The fields of entities. */
const OF_ENTITIES = new Set([
  'Deployment.namespace', 'Deployment.model', 'Deployment.createdBy', 'Deployment.release', 'Deployment.nextRelease', 'Deployment.replicas', 'Deployment.revisions',
  'Deployment.releases', 'Deployment.events', 'Deployment.jobs', 'Deployment.queue', 'Deployment.metrics', 'Namespace.apiKeys', 'Namespace.auditEvents', 'Model.deployments', 'Model.namespace', 'Model.createdBy',
  'Model.versions', 'Model.version', 'Model.aliases', 'Model.alias', 'Model.commits', 'Revision.deployment', 'Revision.modelVersion', 'Revision.createdBy', 'ModelVersion.deployments', 'ModelVersion.model',
  'ModelVersion.createdBy', 'ModelVersion.files', 'ModelVersion.lineage', 'Job.namespace', 'Job.deployment', 'Job.revision', 'Job.modelVersion', 'Job.createdBy', 'Job.items',
]);

/** What fields of entities must be asked with. */
const ARGUMENTS: Record<string, string> = { 'Model.alias': '(name: "red-live")' };

/** The fields of rows that no key finds, each with the field it is reached through. */
const THROUGH: Record<string, string> = {
  'Release.revision': 'Deployment.releases', 'Release.createdBy': 'Deployment.releases', 'Replica.revision': 'Deployment.replicas', 'Replica.worker': 'Deployment.replicas',
  'ApiKey.principal': 'Namespace.apiKeys', 'ApiKey.createdBy': 'Namespace.apiKeys', 'AuditEvent.principal': 'Namespace.auditEvents', 'Viewer.namespaces': 'Query.viewer',
  'JobItem.inputs': 'Job.items', 'JobItem.outputs': 'Job.items', 'JobEvent.job': 'Subscription.jobEvents', 'JobEvent.items': 'Subscription.jobEvents',
  'Commit.version': 'Model.commits', 'ModelAlias.version': 'Model.aliases', 'ModelAlias.history': 'Model.aliases', 'AliasChange.version': 'ModelAlias.history', 'AliasChange.createdBy': 'ModelAlias.history',
  'AliasPeriod.version': 'Model.alias', 'AliasPeriod.createdBy': 'Model.alias', 'Lineage.derivedFrom': 'ModelVersion.lineage', 'VersionComparison.a': 'Query.compareVersions', 'VersionComparison.b': 'Query.compareVersions', 'Upload.version': 'Query.upload', 'VersionDraft.version': 'Query.versionDraft', 'VersionDraft.files': 'Query.versionDraft', 'DeploymentMetricsUpdate.queue': 'Subscription.deploymentMetrics',
};

/** Fields that hold nothing of red's: no release waits, and what only operators see. Red itself is shown as little. */
const EMPTY_FOR_RED = new Set(['Deployment.nextRelease', 'Replica.worker', 'Lineage.derivedFrom', 'ModelVersion.lineage', 'Query.compareVersions', 'Upload.version', 'VersionDraft.version', 'VersionDraft.files', 'Query.workers', 'ApiKey.createdBy']);

/** Parts of their node, with no key, owner or reader of their own. */
const VALUES = new Set([
  'StatusReason', 'Resources', 'Batching', 'BatchTime', 'Padding', 'PaddingValue', 'Admission', 'ResultReuse', 'Limits', 'Device', 'Signature', 'TensorSpec', 'Dimension', 'GraphFacts', 'OperatorSet', 'OperatorCount', 'WeightType', 'Inspection',
  'JobError', 'JobTiming', 'MetricSpan', 'LatencyQuantiles', 'InferenceEstimate', 'DurationEstimate', 'JobEta', 'DroppedItems', 'InferTiming', 'PageInfo', 'RateLimit',
  'VersionTag', 'Metric', 'Parameter', 'SignatureComparison', 'SignatureChange', 'GraphComparison', 'CountChange', 'OperatorSetChange', 'FileChange', 'MetricComparison', 'ParameterChange',
]);

let tenants: Tenants;
let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await composedSchema();
  tenants = await makeTenants();
}, 90_000);
afterAll(() => tenants?.close());

const PLUMBING = /^__|(Connection|Edge|Payload)$/;

function nodeFields(): string[] {
  const types = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !PLUMBING.test(type.name));
  return types.flatMap((type) => Object.values(type.getFields()).flatMap((field) => {
    const target = getNamedType(field.type);
    return isObjectType(target) && !VALUES.has(target.name) ? [`${type.name}.${field.name}`] : [];
  }));
}

const filled = (text: string) => text.replace(/\$(\w+)/g, (_, name: keyof Tenants['ids']) => tenants.ids[name]);
const leavesOf = (type: GraphQLObjectType) => Object.values(type.getFields()).filter(({ type: of, args }) => !isObjectType(getNamedType(of)) && args.every(({ type: wanted }) => !String(wanted).endsWith('!')));

/** The entities that a subgraph resolves, with the fields that are keys of them. */
function keysOf(sdl: string): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  for (const definition of parse(sdl).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const { name, arguments: given = [] } of definition.directives ?? []) {
      const values = Object.fromEntries(given.map(({ name: argument, value }) => [argument.value, 'value' in value ? value.value : null]));
      if (name.value !== 'key' || values['resolvable'] === false) continue;
      keys.set(definition.name.value, [...keys.get(definition.name.value) ?? [], String(values['fields'])]);
    }
  }
  return keys;
}

function targetOf(graph: GraphQLSchema, coordinate: string): GraphQLObjectType {
  const [type, field] = coordinate.split('.') as [string, string];
  return getNamedType((graph.getType(type) as GraphQLObjectType).getFields()[field]!.type) as GraphQLObjectType;
}

/** The field with all that is asked of it, as far as `graph` knows it. */
function fieldOf(graph: GraphQLSchema, coordinate: string, { args = '', inner }: { args?: string; inner?: string } = {}): string {
  return `${coordinate.split('.')[1]}${filled(args || (ARGUMENTS[coordinate] ?? ''))} ${selectionOf(targetOf(graph, coordinate), inner)}`;
}

/** All leaves of a node, or what is given; connections are looked through. */
function selectionOf(type: GraphQLObjectType, inner?: string): string {
  if (!type.name.endsWith('Connection')) return `{ ${inner ?? ['__typename', ...leavesOf(type).map(({ name }) => name)].join(' ')} }`;
  const edge = getNamedType(type.getFields()['edges']!.type) as GraphQLObjectType;
  return `{ edges { node ${selectionOf(getNamedType(edge.getFields()['node']!.type) as GraphQLObjectType, inner)} } }`;
}

/** From the field itself up to a field that is asked directly. */
function pathTo(coordinate: string): string[] {
  const parent = THROUGH[coordinate];
  return parent === undefined ? [coordinate] : [...pathTo(parent), coordinate];
}

function queryAlong(graph: GraphQLSchema, path: string[], args = ''): string {
  return path.reduceRight<string | undefined>((inner, coordinate, at) => fieldOf(graph, coordinate, { args: at === 0 ? args : '', inner }), undefined)!;
}

async function overSocket(secret: string, query: string): Promise<Answer> {
  const client = createClient({ url: `${tenants.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { authorization: `Bearer ${secret}` } });
  try {
    for await (const result of client.iterate({ query })) return result as Answer;
    return {};
  } finally {
    await client.dispose();
  }
}

/** All there is in data about red. Errors are known by their codes: their messages repeat what was asked for. */
function seen({ data, errors = [] }: Answer): string[] {
  for (const { extensions } of errors) expect(isErrorCode(extensions.code) && extensions.code !== 'INTERNAL_SERVER_ERROR').toBe(true);
  return JSON.stringify(data ?? null).match(new RegExp(tenants.marks, 'g')) ?? [];
}

/** Whatever is told at all: a stranger to whom an entity belongs in no part is told nothing. */
function values(data: unknown): unknown[] {
  if (data === null || data === undefined) return [];
  return typeof data === 'object' ? Object.values(data).flatMap(values) : [data];
}

it('lists every field that returns a node', () => {
  const listed = [...Object.keys(ROOTS), ...Object.keys(SUBSCRIPTIONS), ...Object.keys(MUTATIONS), ...OF_ENTITIES, ...Object.keys(THROUGH)];
  expect(listed.sort()).toEqual(nodeFields().sort());
});

it('lists every entity that a subgraph resolves, and every prefix below which bytes are', () => {
  const resolvable = [...tenants.subgraphs.values()].flatMap(({ sdl }) => [...keysOf(sdl).keys()]);
  expect([...new Set(resolvable)].sort()).toEqual(Object.keys(ENTITIES).sort());
  expect(Object.values(BYTE_PREFIXES).flat().sort()).toEqual([MLFLOW_PREFIX, '/artifacts/', '/git/', '/hf/', '/tensors/', '/uploads/', OIP_PREFIX]);
});

describe('a root field', () => {
  const rootPaths = [...Object.keys(ROOTS), ...Object.keys(THROUGH).filter((coordinate) => pathTo(coordinate)[0]! in ROOTS)];

  it.each(rootPaths)('%s shows a stranger nothing, over HTTP or WebSocket', async (coordinate) => {
    const path = pathTo(coordinate);
    const query = `{ ${queryAlong(schema, path, ROOTS[path[0]!])} }`;
    expect(seen(await new Attacker(tenants.url, tenants.secrets.blue).ask(query))).toEqual([]);
    expect(seen(await overSocket(tenants.secrets.blue, query))).toEqual([]);
    if (!EMPTY_FOR_RED.has(coordinate)) expect(seen(await new Attacker(tenants.url, tenants.secrets.red).ask(query))).not.toEqual([]);
  });
});

describe('a subscription', () => {
  const paths = [...Object.keys(SUBSCRIPTIONS), ...Object.keys(THROUGH).filter((coordinate) => pathTo(coordinate)[0]! in SUBSCRIPTIONS)];

  it.each(paths)('%s tells a stranger that there is no such thing', async (coordinate) => {
    const path = pathTo(coordinate);
    const query = `subscription { ${queryAlong(schema, path, SUBSCRIPTIONS[path[0]!])} }`;
    const answer = await overSocket(tenants.secrets.blue, query);
    expect([seen(answer), answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([[], [expect.stringMatching(/_NOT_FOUND$/)]]);
    expect((await overSocket(tenants.secrets.red, query)).errors).toBeUndefined();
  });
});

describe('a mutation', () => {
  it.each(Object.entries(MUTATIONS))('%s is refused a stranger', async (coordinate, [input, code]) => {
    const payload = targetOf(schema, coordinate);
    const query = `mutation { ${coordinate.split('.')[1]}(input: ${filled(input)}) { ${Object.values(payload.getFields()).map(({ name, type }) => (isObjectType(getNamedType(type)) ? `${name} { __typename }` : name)).join(' ')} } }`;
    const answer = await new Attacker(tenants.url, tenants.secrets.blue).ask(query);
    expect([answer.data ?? null, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([null, [code]]);
  });
});

describe('an entity', () => {
  const asked = async (subgraph: string, selection: string, caller: Caller): Promise<Answer> => {
    const document = parse(`query { _entities(representations: [${selection.split(' ... ')[0]}]) { ... ${selection.split(' ... ')[1]} } }`);
    return JSON.parse(JSON.stringify(await executeOperation(tenants.subgraphs.get(subgraph)!, { document, scope: { requestId: 'stranger', caller } }))) as Answer;
  };
  const resolvers = (type: string) => [...tenants.subgraphs.values()].filter(({ sdl }) => keysOf(sdl).has(type));
  const represented = (type: string, key: string) => filled(key).replace('{', `{ __typename: "${type}",`);

  it.each(Object.entries(ENTITIES))('%s is null for a stranger, by every key and in every subgraph that knows more of it than its key', async (type, keys) => {
    for (const subgraph of resolvers(type)) {
      const leaves = leavesOf(subgraph.schema.getType(type) as GraphQLObjectType).map(({ name }) => name).filter((name) => name !== 'id');
      if (leaves.length === 0) continue;
      for (const key of keys) {
        const selection = `${represented(type, key)} ... on ${type} { ${leaves.join(' ')} }`;
        expect([subgraph.name, key, (await asked(subgraph.name, selection, tenants.callers.blue)).data]).toEqual([subgraph.name, key, { _entities: [null] }]);
        if (type !== 'Worker') expect((await asked(subgraph.name, selection, tenants.callers.red)).data).toEqual({ _entities: [expect.objectContaining({ [leaves[0]!]: expect.anything() })] });
      }
    }
  });

  const entityPaths = [...OF_ENTITIES, ...Object.keys(THROUGH).filter((coordinate) => OF_ENTITIES.has(pathTo(coordinate)[0]!))];

  it.each(entityPaths)('%s shows a stranger nothing who asks a subgraph itself', async (coordinate) => {
    const path = pathTo(coordinate);
    const [type, field] = path[0]!.split('.') as [string, string];
    const owners = resolvers(type).filter(({ schema: own }) => (own.getType(type) as GraphQLObjectType).getFields()[field]);
    expect(owners).toHaveLength(1);
    for (const key of ENTITIES[type]!.filter((text) => resolvesBy(owners[0]!.sdl, type, text))) {
      const selection = `${represented(type, key)} ... on ${type} { ${queryAlong(owners[0]!.schema, path)} }`;
      expect(values((await asked(owners[0]!.name, selection, tenants.callers.blue)).data)).toEqual([]);
      if (!EMPTY_FOR_RED.has(coordinate)) expect(values((await asked(owners[0]!.name, selection, tenants.callers.red)).data)).not.toEqual([]);
    }
  });
});

function resolvesBy(sdl: string, type: string, key: string): boolean {
  return keysOf(sdl).get(type)!.includes(/\{ (\w+):/.exec(key)![1]!);
}

describe('bytes', () => {
  const bearer = () => ({ authorization: `Bearer ${tenants.secrets.blue}` });
  const places = (): Record<string, string> => ({ [MLFLOW_PREFIX]: `${tenants.url}/api/2.0/mlflow-artifacts/artifacts/red/echo/v1/model.onnx?download=true`, '/artifacts/': tenants.urls.download, '/git/': `${tenants.url}/git/red/echo.git/info/refs?service=git-upload-pack`, '/hf/': `${tenants.url}/hf/red/echo/resolve/main/model.onnx?download=true`, '/tensors/': tenants.urls.tensor, '/uploads/': `${tenants.url}/uploads/${tenants.ids.upload}` });

  it.each(Object.values(BYTE_PREFIXES).flat().filter((prefix) => prefix !== OIP_PREFIX))('below %s are kept from a stranger with a key but no signature, or that of another path', async (prefix) => {
    const url = new URL(places()[prefix]!);
    const other = new URL(places()[prefix === '/tensors/' ? '/artifacts/' : '/tensors/']!);
    expect(url.pathname.startsWith(prefix)).toBe(true);
    for (const search of ['', other.search, '?expires=99999999999999', '?expires=99999999999999&signature=', `${url.search.replace(/.$/, '')}`]) {
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE']) {
        if (url.search === search) continue;
        const answer = await fetch(`${url.origin}${url.pathname}${search}`, { method, headers: bearer() });
        expect([prefix, method, search, answer.status >= 400 && answer.status < 500]).toEqual([prefix, method, search, true]);
      }
    }
  });

  const json = (): Record<string, string> => ({ ...bearer(), 'content-type': 'application/json' });
  const x = { name: 'x', datatype: 'FP32', shape: [1], data: [1] };

  it.each([
    'GET /models/red/echo', 'GET /models/red/echo/ready', 'POST /models/red/echo/infer', 'GET /models/red/echo/stats', 'GET /models/red/echo/versions/1/ready',
    'GET /models/red/echo/versions/red-live', 'POST /models/red/echo/versions/red-live/infer', 'POST /repository/models/red/echo/load', 'POST /repository/models/red/echo/unload',
  ])('of the inference protocol are kept from a stranger: %s', async (route) => {
    const [method, path] = route.split(' ') as [string, string];
    const body = path.endsWith('/infer') ? { body: JSON.stringify({ inputs: [x] }) } : {};
    const answer = await fetch(`${tenants.url}/v2${path}`, { method, headers: json(), ...body });
    expect([answer.status, await answer.json()]).toEqual([404, { error: expect.any(String) as string, code: 'DEPLOYMENT_NOT_FOUND' }]);
  });

  it('of the inference protocol\'s lists tell a stranger of nobody, and the owner of its own', async () => {
    const listed = async (headers: Record<string, string>): Promise<string[]> => Promise.all([
      fetch(`${tenants.url}/v2/repository/index`, { method: 'POST', headers }), fetch(`${tenants.url}/v2/models/stats`, { headers }),
    ].map(async (answer) => (await answer).text()));
    expect(await listed(bearer())).toEqual(['[]', '{"model_stats":[]}']);
    for (const text of await listed({ authorization: `Bearer ${tenants.secrets.red}` })) expect(text).toContain('"red/echo"');
  });

  it.each(['/registered-models/get?name=red/echo', '/model-versions/get?name=red/echo&version=1', '-artifacts/artifacts?path=red/echo/v1', '-artifacts/artifacts/red/echo/v1/model.onnx'])(
    'of MLflow are kept from a stranger: %s', async (path) => {
      const asked = async (secret: string) => fetch(`${tenants.url}${MLFLOW_PREFIX}${path}`, { headers: { authorization: `Bearer ${secret}` } });
      const answer = await asked(tenants.secrets.blue);
      expect([answer.status, await answer.json()]).toEqual([404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'There is no model "red/echo".' }]);
      expect((await asked(tenants.secrets.red)).status).toBe(200);
    },
  );

  it.each(['api/models/red/echo', 'api/models/red/echo/refs', 'api/models/red/echo/revision/red-live', 'api/models/red/echo/tree/main', 'red/echo/resolve/red-live/model.onnx'])(
    'of the Hub are kept from a stranger: %s', async (path) => {
      const asked = async (secret: string) => fetch(`${tenants.url}/hf/${path}`, { headers: { authorization: `Bearer ${secret}` } });
      const answer = await asked(tenants.secrets.blue);
      expect([answer.status, answer.headers.get('x-error-code'), await answer.json()]).toEqual([404, 'RepoNotFound', { error: 'Repository not found' }]);
      expect((await asked(tenants.secrets.red)).status).toBe(200);
    },
  );

  it('of the Hub\'s list tell a stranger of nobody, and the owner of its own', async () => {
    const listed = async (secret: string) => (await fetch(`${tenants.url}/hf/api/models`, { headers: { authorization: `Bearer ${secret}` } })).text();
    expect(await listed(tenants.secrets.blue)).toBe('[]');
    expect(await listed(tenants.secrets.red)).toContain('"red/echo"');
  });

  it('of jobs over REST are kept from a stranger', async () => {
    const { job } = tenants.ids;
    const ask = async (path: string, method = 'GET', body?: object): Promise<[number, string | undefined]> => {
      const answer = await fetch(`${tenants.url}/v1/jobs${path}`, { method, headers: body ? json() : bearer(), ...(body ? { body: JSON.stringify(body) } : {}) });
      return [answer.status, ((await answer.json()) as { error?: { code: string } }).error?.code];
    };
    for (const path of [`/${job}`, `/${job}/items`, `/${job}/events`]) expect([path, await ask(path)]).toEqual([path, [404, 'JOB_NOT_FOUND']]);
    expect(await ask(`/${job}/cancel`, 'POST')).toEqual([404, 'JOB_NOT_FOUND']);
    expect(await ask('', 'POST', { deployment: 'red/echo', items: [{ inputs: [x] }] })).toEqual([404, 'DEPLOYMENT_NOT_FOUND']);
    expect(await (await fetch(`${tenants.url}/v1/jobs`, { headers: bearer() })).json()).toEqual({ jobs: [], next: null });
    expect((await fetch(`${tenants.url}/v1/jobs/${job}`, { headers: { authorization: `Bearer ${tenants.secrets.red}` } })).status).toBe(200);
  });

  it('are given to whoever has the signed URL, for what it names', async () => {
    for (const url of [tenants.urls.download, tenants.urls.tensor]) expect((await fetch(url)).status).toBe(200);
    expect((await fetch(tenants.urls.upload, { method: 'GET' })).status).toBeGreaterThanOrEqual(400);
  });
});
