import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { readEnvironment } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { openGatewayKey } from '../../platform/subgraph/gateway-key';
import { IDENTITY_HEADER, IdentitySigner } from '../../platform/subgraph/identity-token';
import { migrations } from '../../migrations';
import { serveAlone } from '../../platform/subgraph/program';
import { identityProgram } from '../../subgraphs/identity/app';
import { modelRegistryProgram } from '../../subgraphs/model-registry/app';
import { emptyDatabase } from '../support/postgres';

describe('a subgraph in a process of its own', () => {
  const stack = new ShutdownStack(silentLog());
  let dataDir: string;
  let database: { url: string; drop(): Promise<void> };

  beforeAll(async () => {
    database = await emptyDatabase();
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-alone-'));
  });
  afterAll(async () => {
    await stack.close();
    await rm(dataDir, { recursive: true });
    await database.drop();
  });

  const environment = (overrides: Record<string, string> = {}) => readEnvironment({ DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', DATABASE_POOL_SIZE: '4', ...overrides });

  async function post(audience: 'identity' | 'model-registry', url: string, question: object): Promise<Response> {
    const signer = new IdentitySigner(await openGatewayKey(dataDir));
    const body = JSON.stringify(question);
    const token = await signer.sign({ audience, scope: { requestId: randomUUID(), caller: BOOTSTRAP_ADMIN }, content: body });
    return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', [IDENTITY_HEADER]: token } });
  }

  it('serves identity: its committed SDL, and whose key a secret is', async () => {
    const bootstrapSecret = 'mg_the-key-that-the-operator-chose-by-itself';
    const { url } = await serveAlone(identityProgram, migrations, { environment: environment({ HOST: '0.0.0.0', BOOTSTRAP_API_KEY: bootstrapSecret }), log: silentLog(), stack });
    const { data } = await (await post('identity', `${url}/graphql`, { query: '{ _service { sdl } viewer { name } }' })).json() as { data: { _service: { sdl: string }; viewer: object } };
    expect(data.viewer).toEqual({ name: 'bootstrap-admin' });
    expect(data._service.sdl).toBe(await readFile(path.resolve(__dirname, '../../subgraphs/identity/schema.graphql'), 'utf8'));

    const whose = async (...secrets: string[]) => (await post('identity', `${url}/internal/authenticate`, { secrets })).json();
    expect(await whose('mg_wrong', bootstrapSecret, '')).toEqual({ data: [null, { ...BOOTSTRAP_ADMIN }, null] });
    expect((await fetch(`${url}/internal/authenticate`, { method: 'POST', body: '{"secrets":["x"]}', headers: { 'content-type': 'application/json' } })).status).toBe(401);
  });

  it('serves the model registry on the same database', async () => {
    const { url } = await serveAlone(modelRegistryProgram, migrations, { environment: environment(), log: silentLog(), stack });
    const query = 'mutation { createModel(input: { name: "m" }) { model { fullName namespace { name } } } }';
    expect(await (await post('model-registry', `${url}/graphql`, { query })).json()).toEqual({ data: { createModel: { model: { fullName: 'default/m', namespace: { name: 'default' } } } } });
  });
});
