import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { readEnvironment } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { openGatewayKey } from '../../platform/subgraph/gateway-key';
import { IDENTITY_HEADER, IdentitySigner } from '../../platform/subgraph/identity-token';
import { serveAlone } from '../../platform/subgraph/program';
import { migrations } from '../../migrations';
import { deploymentProgram } from '../../subgraphs/deployment/app';
import { emptyDatabase } from '../support/postgres';

describe('the deployment subgraph in a process of its own', () => {
  it('migrates, serves its SDL and its rows to the gateway, and to nobody else', async () => {
    const { url: databaseUrl, drop } = await emptyDatabase();
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-deployment-'));
    const signer = new IdentitySigner(await openGatewayKey(dataDir));
    const stack = new ShutdownStack(silentLog());
    const environment = readEnvironment({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, PORT: '0', DATABASE_POOL_SIZE: '4' });
    const { url } = await serveAlone(deploymentProgram, migrations, { environment, log: silentLog(), stack });

    const body = JSON.stringify({ query: '{ _service { sdl } deployments { edges { node { id } } } }' });
    const post = (headers: Record<string, string>) => fetch(`${url}/graphql`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    const token = await signer.sign({ audience: 'deployment', scope: { requestId: randomUUID(), caller: BOOTSTRAP_ADMIN }, content: body });
    expect(await (await post({ [IDENTITY_HEADER]: token })).json()).toMatchObject({ data: { _service: { sdl: expect.stringContaining('type Deployment') }, deployments: { edges: [] } } });
    expect((await post({})).status).toBe(401);

    await stack.close();
    await rm(dataDir, { recursive: true });
    await drop();
  });
});
