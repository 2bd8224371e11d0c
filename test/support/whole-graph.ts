import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parse, type ExecutionResult } from 'graphql';
import { startSubgraphs } from '../../app';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { InProcessClient } from '../../gateway/federation/in-process-client';
import type { SubgraphClient } from '../../gateway/federation/subgraph-client';
import { BOOTSTRAP_ADMIN, type RequestScope } from '../../platform/caller';
import { childEnvironment, readEnvironment, type VariableName } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/process/shutdown';
import { WorkerSupervisor } from '../../workers/supervisor';
import { eventually } from './eventually';
import { freshDatabase } from './postgres';

const SCOPE: RequestScope = { requestId: 'whole-graph', caller: BOOTSTRAP_ADMIN };

/** All four subgraphs joined in this process over a database of their own, with a real worker; counts the calls to each subgraph. */
export async function makeWholeGraph() {
  const fresh = await freshDatabase();
  const dataDir = await fs.mkdtemp(path.join(os.tmpdir(), 'whole-graph-'));
  const log = silentLog();
  const stack = new ShutdownStack(log);
  const variables: Partial<Record<VariableName, string>> = { DATABASE_URL: fresh.url, DATA_DIR: dataDir, LOG_LEVEL: 'error', DATABASE_POOL_SIZE: '8', PUBLIC_URL: 'http://graph.test' };
  const { subgraphs } = await startSubgraphs({ environment: readEnvironment(variables), log, stack });
  const calls: string[] = [];
  const graph = buildSupergraph(subgraphs.map((subgraph) => ({ client: counted(new InProcessClient(subgraph), calls), sdl: subgraph.sdl })));
  const supervisor = new WorkerSupervisor({ names: ['whole-graph-0'], environment: childEnvironment(variables), log });
  supervisor.start();
  stack.push('workers', () => supervisor.stop());

  async function request<Data>(query: string, values: Record<string, unknown> = {}): Promise<Data> {
    const result = await graph.execute({ document: parse(query), variables: values, scope: SCOPE });
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data as Data;
  }

  return {
    calls, request,

    async subscribe(query: string, values: Record<string, unknown>): Promise<ExecutionResult[]> {
      const stream = await graph.subscribe({ document: parse(query), variables: values, scope: SCOPE });
      if (!(Symbol.asyncIterator in stream)) return [stream];
      const events: ExecutionResult[] = [];
      for await (const event of stream) events.push(event);
      return events;
    },

    /** Pushes a model through the graph and its upload URL, deploys it, and waits until it serves. */
    async deploy(name: string, model: Buffer): Promise<void> {
      await request('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name });
      const { createUpload } = await request<{ createUpload: { upload: { url: string } } }>(
        'mutation ($model: String!) { createUpload(input: { model: $model }) { upload { url } } }', { model: `default/${name}` });
      const { pathname } = new URL(createUpload.upload.url);
      const registry = subgraphs.find((subgraph) => subgraph.name === 'model-registry')!;
      await registry.bytes!({ method: 'PUT', path: pathname, headers: {}, body: Readable.from([model]), signal: new AbortController().signal, scope: SCOPE });
      const version = 'query ($model: String!) { model(fullName: $model) { version(number: 1) { state } } }';
      await eventually(async () => expect(await request(version, { model: `default/${name}` })).toEqual({ model: { version: { state: 'READY' } } }), { timeoutMs: 30_000 });
      await request('mutation ($name: String!, $model: String!) { createDeployment(input: { name: $name, model: $model, version: 1 }) { deployment { id } } }', { name, model: `default/${name}` });
      const status = 'query ($name: String!) { deployment(fullName: $name) { status } }';
      await eventually(async () => expect(await request(status, { name: `default/${name}` })).toEqual({ deployment: { status: 'READY' } }), { timeoutMs: 30_000 });
    },

    async close(): Promise<void> {
      await stack.close();
      await fresh.drop();
      await fs.rm(dataDir, { recursive: true, force: true });
    },
  };
}

function counted(client: SubgraphClient, calls: string[]): SubgraphClient {
  return {
    name: client.name,
    execute: (...request) => {
      calls.push(client.name);
      return client.execute(...request);
    },
    subscribe: (...request) => client.subscribe(...request),
    check: () => client.check(),
    close: () => client.close(),
  };
}
