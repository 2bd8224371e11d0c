import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker, SUBMIT } from '../support/attacker';
import { eventually } from '../support/eventually';
import { identityModel } from '../support/onnx';

const ROLES = ['VIEWER', 'CALLER', 'DEVELOPER', 'ADMIN'] as const;
type Role = (typeof ROLES)[number];
const one = { name: 'x', datatype: 'FP32', shape: [1], json: [1] };

let platform: PlatformProcess;
let operator: Attacker;
/** By namespace and role, such as `red ADMIN`. */
const keys = new Map<string, { secret: string; id: string }>();
const ids = { job: '', version: '', deployment: '', blob: '' };

async function makeKey(namespace: string, role: Role): Promise<{ secret: string; id: string }> {
  const query = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }';
  const { data } = await operator.ask<{ createApiKey: { secret: string; apiKey: { id: string } } }>(query, { input: { namespace, name: role, role } });
  return { secret: data!.createApiKey.secret, id: data!.createApiKey.apiKey.id };
}

const as = (namespace: string, role: Role) => new Attacker(platform.url, keys.get(`${namespace} ${role}`)!.secret);

async function field<T = string>(query: string, read: (data: never) => T): Promise<T> {
  return read((await operator.ask(query)).data as never);
}

beforeAll(async () => {
  platform = await startPlatform();
  operator = new Attacker(platform.url);
  for (const namespace of ['red', 'blue']) {
    await operator.ask('mutation ($name: String!) { createNamespace(input: { name: $name }) { namespace { name } } }', { name: namespace });
    for (const role of ROLES) keys.set(`${namespace} ${role}`, await makeKey(namespace, role));
    await as(namespace, 'DEVELOPER').deploy(`${namespace}/echo`, identityModel());
  }
  ids.job = ((await as('red', 'CALLER').submit({ deployment: 'red/echo', items: [{ inputs: [one] }] })) as { id: string }).id;
  await operator.outcome(ids.job);
  ids.version = await field('{ model(fullName: "red/echo") { version(number: 1) { id } } }', (data: { model: { version: { id: string } } }) => data.model.version.id);
  ids.deployment = await field('{ deployment(fullName: "red/echo") { id } }', (data: { deployment: { id: string } }) => data.deployment.id);
  const upload = await field('mutation { createTensorUpload(input: { namespace: "red", datatype: FP32, shape: [1] }) { blob url } }',
    (data: { createTensorUpload: { blob: string; url: string } }) => data.createTensorUpload);
  await fetch(upload.url, { method: 'PUT', body: new Uint8Array(4) });
  ids.blob = upload.blob;
}, 90_000);
afterAll(() => platform?.stop());

const SUBMIT_RED = { input: { deployment: 'red/echo', items: [{ inputs: [one] }] } };
/** What one may do with a role and above, and what those without any role are told. */
const DOORS: { title: string; least: Role; foreign: string; query: string; variables?: object }[] = [
  { title: 'submitting', least: 'CALLER', foreign: 'DEPLOYMENT_NOT_FOUND', query: SUBMIT, variables: SUBMIT_RED },
  { title: 'uploading a tensor', least: 'CALLER', foreign: 'NAMESPACE_NOT_FOUND', query: 'mutation { createTensorUpload(input: { namespace: "red", datatype: FP32, shape: [1] }) { blob } }' },
  { title: 'uploading a model', least: 'DEVELOPER', foreign: 'MODEL_NOT_FOUND', query: 'mutation { createUpload(input: { model: "red/echo" }) { upload { id } } }' },
  { title: 'moving an alias', least: 'DEVELOPER', foreign: 'MODEL_NOT_FOUND', query: 'mutation { setAlias(input: { model: "red/echo", alias: "live", version: 1 }) { alias { name } } }' },
  { title: 'scaling', least: 'DEVELOPER', foreign: 'DEPLOYMENT_NOT_FOUND', query: 'mutation { scaleDeployment(input: { deployment: "red/echo", replicas: 1 }) { deployment { id } } }' },
  { title: 'making a key', least: 'ADMIN', foreign: 'NAMESPACE_NOT_FOUND', query: 'mutation { createApiKey(input: { namespace: "red", name: "k", role: VIEWER }) { apiKey { id } } }' },
  { title: 'listing its jobs', least: 'VIEWER', foreign: 'NAMESPACE_NOT_FOUND', query: '{ jobs(namespace: "red") { edges { cursor } } }' },
];

it.each(DOORS)('$title needs $least in the namespace; for others it does not exist', async ({ least, foreign, query, variables }) => {
  for (const role of ROLES) {
    const expected = ROLES.indexOf(role) >= ROLES.indexOf(least) ? null : 'FORBIDDEN';
    expect([role, await as('red', role).refusal(query, variables)]).toEqual([role, expected]);
    expect([role, await as('blue', role).refusal(query, variables)]).toEqual([role, foreign]);
  }
});

it('shows nothing of a namespace by id, by name or through a list to the admin of another', async () => {
  const query = `query ($job: ID!, $version: ID!) {
    job(id: $job) { id } modelVersion(id: $version) { downloadUrl } model(fullName: "red/echo") { id } deployment(fullName: "red/echo") { id } namespace(name: "red") { name }
    jobs { edges { cursor } } models { edges { node { fullName } } } deployments { edges { node { fullName } } } namespaces { edges { node { name } } }
  }`;
  expect((await as('blue', 'ADMIN').ask(query, ids)).data).toEqual({
    job: null, modelVersion: null, model: null, deployment: null, namespace: null, jobs: { edges: [] },
    models: { edges: [{ node: { fullName: 'blue/echo' } }] }, deployments: { edges: [{ node: { fullName: 'blue/echo' } }] }, namespaces: { edges: [{ node: { name: 'blue' } }] },
  });
  expect(await as('blue', 'ADMIN').refusal('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id: keys.get('red VIEWER')!.id })).toBe('API_KEY_NOT_FOUND');
});

it("takes no tensor of another namespace into a job, not even the operator's", async () => {
  const input = { deployment: 'blue/echo', items: [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], blob: ids.blob }] }] };
  expect(await as('blue', 'CALLER').submit(input)).toEqual({ code: 'TENSOR_NOT_FOUND' });
  expect(await operator.submit(input)).toEqual({ code: 'TENSOR_NOT_FOUND' });
});

it.each([
  ['jobUpdated', 'JOB_NOT_FOUND', () => ids.job], ['jobEvents', 'JOB_NOT_FOUND', () => ids.job],
  ['deploymentUpdated', 'DEPLOYMENT_NOT_FOUND', () => ids.deployment], ['modelVersionUpdated', 'VERSION_NOT_FOUND', () => ids.version],
])('%s over a socket tells a foreign admin %s, and the viewer the state', async (name, code, id) => {
  const query = `subscription ($id: ID!) { ${name}(id: $id) { __typename } }`;
  expect(await firstOf(keys.get('blue ADMIN')!.secret, query, { id: id() })).toMatchObject({ errors: [{ extensions: { code } }] });
  expect(await firstOf(keys.get('red VIEWER')!.secret, query, { id: id() })).toEqual({ data: { [name]: { __typename: expect.any(String) } } });
});

it('gives a file to nobody without a role whose signature is changed, missing or doubled', async () => {
  const good = new URL(await field('{ model(fullName: "red/echo") { version(number: 1) { downloadUrl } } }',
    (data: { model: { version: { downloadUrl: string } } }) => data.model.version.downloadUrl));
  const status = async (url: URL) => (await fetch(url, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status;
  expect(await status(good)).toBe(200);
  for (const [name, value] of [...good.searchParams]) {
    const [changed, missing] = [new URL(good), new URL(good)];
    changed.searchParams.set(name, `${value}1`);
    missing.searchParams.delete(name);
    expect([name, await status(changed), await status(missing)]).toEqual([name, 404, 404]);
  }
});

it('refuses a revoked key within seconds, at every door', async () => {
  const key = await makeKey('red', 'DEVELOPER');
  const holder = new Attacker(platform.url, key.secret);
  expect(await holder.refusal('{ viewer { __typename } }')).toBeNull();
  await operator.ask('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id: key.id });
  await eventually(async () => expect(await holder.refusal('{ viewer { __typename } }')).toBe('UNAUTHENTICATED'));
  await expect(firstOf(key.secret, '{ __typename }', {})).rejects.toMatchObject({ code: 4401 });
  expect((await fetch(`${platform.url}/uploads/x`, { headers: { authorization: `Bearer ${key.secret}` } })).status).toBe(401);
});

/** The first result of an operation over a socket. */
async function firstOf(secret: string, query: string, variables: Record<string, unknown>): Promise<unknown> {
  const client = createClient({ url: `${platform.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { authorization: `Bearer ${secret}` } });
  try {
    for await (const result of client.iterate({ query, variables })) return result;
    return null;
  } finally {
    await client.dispose();
  }
}
