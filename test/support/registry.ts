import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Fastify from 'fastify';
import { Identification } from '../../gateway/identity/identification';
import { GIT_PREFIX } from '../../platform/bytes/byte-prefixes';
import { gitRoutes } from '../../gateway/rest/git.routes';
import { byteRoutes } from '../../gateway/rest/byte.routes';
import type { Caller } from '../../platform/caller';
import type { EventBus } from '../../platform/bus/event-bus';
import { openEventBus } from '../../platform/bus/open-bus';
import { silentLog } from '../../platform/log';
import { freePort } from '../../platform/process/free-port';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import { newId } from '../../platform/uuid';
import { ApiKeyService, AuditLog, ensureBootstrap, identityEntities, NamespaceDirectory } from '../../subgraphs/identity';
import {
  createModelRegistrySubgraph, FileArtifactStore, hooksOf, modelRegistryEntities, Repositories, VersionCommitter, VersionInspector, writeHooks, type ModelProber, type ModelRegistryDependencies,
} from '../../subgraphs/model-registry';
import { probeModel } from '../../workers/runtime/probe';
import { ask, type Answer } from './ask';
import { freshDatabase, type FreshDatabase } from './postgres';

export interface Receipt {
  status: number;
  body: { versionId: string; number: number; digest: string; sizeBytes: number; state: string } & { error: { code: string; message: string } };
}

/** The model registry on a real database, with its byte routes behind the gateway's own door, where every request needs a key or a signed URL. */
export interface RegistryBench {
  fresh: FreshDatabase;
  bus: EventBus;
  subgraph: Subgraph;
  artifacts: FileArtifactStore;
  repositories: Repositories;
  committer: VersionCommitter;
  keys: ApiKeyService;
  /** Of the door. */
  url: string;
  /** Not started: tests choose when inspection begins. */
  inspector: VersionInspector;
  folder: string;
  ask(text: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Answer>;
  createUpload(input: Record<string, unknown>): Promise<{ id: string; url: string }>;
  put(url: string, body: Buffer | ReadableStream, headers?: Record<string, string>): Promise<Receipt>;
  /** createUpload and PUT. */
  push(model: string, bytes: Buffer): Promise<Receipt['body']>;
  insertNamespace(name: string): Promise<void>;
  makeInspector(probe?: ModelProber): VersionInspector;
  close(): Promise<void>;
}

export async function openRegistry({ inspects = false, ...settings }: Partial<ModelRegistryDependencies['settings']> & { inspects?: boolean } = {}): Promise<RegistryBench> {
  const fresh = await freshDatabase([...identityEntities, ...modelRegistryEntities]);
  const { database, url: databaseUrl } = fresh;
  await ensureBootstrap({ database, bootstrapApiKey: null, isLoopback: true });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-registry-'));
  const bus = await openEventBus({ databaseUrl, redisUrl: null, log: silentLog() });
  const artifacts = new FileArtifactStore(folder);
  const makeInspector = (probe: ModelProber = probeModel) => new VersionInspector({ database, bus, log: silentLog(), artifacts, probe });
  const inspector = makeInspector();
  const namespaces = new NamespaceDirectory(database);
  const audit = new AuditLog();
  const all = { publicUrl: '', maxBytes: 4_000_000, ttlMs: 60_000, folder: path.join(folder, 'repositories'), pushMaxBytes: 4_000_000, pushWaitMs: 20_000, exchanges: { perKey: 8, total: 16, waitMs: 20_000 }, ...settings };
  await writeHooks(hooksOf(all));
  const repositories = new Repositories(all.folder);
  const committer = new VersionCommitter({ database, audit, repositories, log: silentLog() });
  const port = await freePort();
  const dependencies: ModelRegistryDependencies = {
    database, bus, artifacts, repositories, committer, log: silentLog(), audit, namespaces, inspector: { wake: () => { if (inspects) inspector.wake(); } },
    settings: { ...all, publicUrl: `http://127.0.0.1:${port}` },
  };
  const subgraph = createModelRegistrySubgraph(dependencies);
  const keys = new ApiKeyService(database, namespaces, audit);
  const door = await openDoor(subgraph, keys, port);
  return {
    fresh, bus, subgraph, artifacts, repositories, committer, inspector, folder, makeInspector, keys, url: door.url,
    ...requestsOf(subgraph),
    async insertNamespace(name) {
      await database.query({ text: `insert into namespace (id, name, created_by) select $1, $2, id from principal limit 1`, values: [newId(), name] });
    },
    async close() {
      await inspector.stop();
      await door.close();
      await bus.close();
      await fresh.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openDoor(subgraph: Subgraph, keys: ApiKeyService, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  app.decorateRequest('record', null as never);
  app.addHook('onRequest', async (request) => { Object.assign(request, { record: {} }); });
  const routes = subgraph.bytePrefixes.map((prefix) => ({ prefix, route: subgraph.bytes! }));
  const identification = new Identification(keys, { demandsKeys: true });
  await app.register(byteRoutes, { routes: routes.filter(({ prefix }) => prefix !== GIT_PREFIX), identification, log: silentLog() });
  await app.register(gitRoutes, { routes, identification, log: silentLog() });
  return { url: await app.listen({ host: '127.0.0.1', port }), close: () => app.close() };
}

function requestsOf(subgraph: Subgraph): Pick<RegistryBench, 'ask' | 'createUpload' | 'put' | 'push'> {
  const bench: Pick<RegistryBench, 'ask' | 'createUpload' | 'put' | 'push'> = {
    ask: (text, variables, caller) => ask(subgraph, text, { variables, caller }),
    async createUpload(input) {
      const { data, messages } = await bench.ask('mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } } }', { input });
      if (messages.length > 0) throw new Error(messages.join('\n'));
      return data.createUpload.upload;
    },
    async put(url, body, headers = {}) {
      const response = await fetch(url, { method: 'PUT', body, headers, duplex: 'half' } as RequestInit);
      return { status: response.status, body: await response.json() as Receipt['body'] };
    },
    async push(model, bytes) {
      const { url } = await bench.createUpload({ model });
      return (await bench.put(url, bytes)).body;
    },
  };
  return bench;
}
