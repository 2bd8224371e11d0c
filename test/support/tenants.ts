import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startSubgraphs } from '../../app';
import { createGatewayApp } from '../../gateway/app';
import type { Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { childEnvironment, readEnvironment, type VariableName } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { freePort } from '../../platform/process/free-port';
import { ShutdownStack } from '../../platform/process/shutdown';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import { identityService } from '../../subgraphs/identity';
import { WorkerSupervisor } from '../../workers/supervisor';
import { Attacker } from './attacker';
import { decoderModel } from './decoder-models';
import { identityModel } from './onnx';
import { freshDatabase } from './postgres';

const FLOATS = 20_000;

export interface Tenants {
  url: string;
  subgraphs: Map<string, Subgraph>;
  /** The secrets of the admins of both namespaces. */
  secrets: { red: string; blue: string };
  callers: { red: Caller; blue: Caller };
  /** What red has. */
  ids: Record<'model' | 'version' | 'upload' | 'draft' | 'deployment' | 'revision' | 'job' | 'blob' | 'key' | 'principal' | 'worker', string>;
  /** Text that stands in answers about red's things and nowhere else: every id of its rows, and its words. */
  marks: RegExp;
  /** Signed URLs of red. */
  urls: { download: string; tensor: string; upload: string };
  close(): Promise<void>;
}

/** The whole platform in this process, with two namespaces: red, which has one of everything, and blue, whose admin is the stranger. */
export async function makeTenants(): Promise<Tenants> {
  const fresh = await freshDatabase();
  const dataDir = await fs.mkdtemp(path.join(os.tmpdir(), 'tenants-'));
  const log = silentLog();
  const stack = new ShutdownStack(log);
  const port = await freePort();
  const variables: Partial<Record<VariableName, string>> = { DATABASE_URL: fresh.url, DATA_DIR: dataDir, LOG_LEVEL: 'error', DATABASE_POOL_SIZE: '8', PORT: String(port) };
  const environment = readEnvironment(variables);
  const { parts, subgraphs } = await startSubgraphs({ environment, log, stack });
  const identity = identityService(parts.database);
  const { url } = await createGatewayApp({ environment, subgraphs, identity, log, stack });
  const supervisor = new WorkerSupervisor({ names: ['tenants-0'], environment: childEnvironment(variables), log });
  supervisor.start();
  stack.push('workers', () => supervisor.stop());

  const operator = new Attacker(url);
  const [red, blue] = [await makeNamespace(operator, 'red'), await makeNamespace(operator, 'blue')];
  const { ids, urls } = await fill(new Attacker(url, red.secret), operator, red);
  return {
    url, ids, urls, subgraphs: new Map(subgraphs.map((subgraph) => [subgraph.name, subgraph])),
    secrets: { red: red.secret, blue: blue.secret },
    callers: { red: (await identity.authenticate(red.secret))!, blue: (await identity.authenticate(blue.secret))! },
    marks: await marksOf(parts.database),
    async close() {
      await stack.close();
      await fresh.drop();
      await fs.rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Key { secret: string; id: string; principal: string }

async function makeNamespace(operator: Attacker, name: string): Promise<Key> {
  await operator.ask('mutation ($name: String!) { createNamespace(input: { name: $name }) { namespace { id } } }', { name });
  const key = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id principal { id } } } }';
  const { data } = await operator.ask<{ createApiKey: { secret: string; apiKey: { id: string; principal: { id: string } } } }>(key, { input: { namespace: name, name: `${name}-admin`, role: 'ADMIN' } });
  return { secret: data!.createApiKey.secret, id: data!.createApiKey.apiKey.id, principal: data!.createApiKey.apiKey.principal.id };
}

/** One of everything: a version with an alias that has moved, a second release, a job with a large tensor, an upload that is still open. */
async function fill(red: Attacker, operator: Attacker, key: Key): Promise<Pick<Tenants, 'ids' | 'urls'>> {
  await red.deploy('red/echo', identityModel());
  await red.deploy('red/decoder', decoderModel());
  await red.ask('mutation { setAlias(input: { model: "red/echo", alias: "red-live", version: 1 }) { alias { name } } }');
  await red.ask('mutation { createRevision(input: { deployment: "red/echo", version: 1 }) { revision { id } } }');
  const { createUpload } = (await red.ask<{ createUpload: { upload: { id: string; url: string } } }>('mutation { createUpload(input: { model: "red/echo" }) { upload { id url } } }')).data!;
  const { draft } = (await red.ask<{ createVersionDraft: { draft: { id: string } } }>('mutation { createVersionDraft(input: { model: "red/echo" }) { draft { id } } }')).data!.createVersionDraft;
  const tensor = (await red.ask<{ createTensorUpload: { blob: string; url: string } }>(`mutation { createTensorUpload(input: { namespace: "red", datatype: FP32, shape: [${FLOATS}] }) { blob url } }`)).data!.createTensorUpload;
  await fetch(tensor.url, { method: 'PUT', body: new Uint8Array(FLOATS * 4) });
  const job = await red.submit({ deployment: 'red/echo', items: [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [FLOATS], blob: tensor.blob }] }] }) as { id: string };
  await red.outcome(job.id);
  const facts = (await operator.ask<Facts>(FACTS, { job: job.id })).data!;
  return {
    ids: {
      model: facts.model.id, version: facts.model.version.id, upload: createUpload.upload.id, draft: draft.id, deployment: facts.deployment.id,
      revision: facts.deployment.release.revision.id, job: job.id, blob: tensor.blob, key: key.id, principal: key.principal, worker: facts.workers[0]!.id,
    },
    urls: { download: facts.model.version.downloadUrl, tensor: facts.job.items.edges[0]!.node.outputs[0]!.url, upload: createUpload.upload.url },
  };
}

interface Facts {
  model: { id: string; version: { id: string; downloadUrl: string } };
  deployment: { id: string; release: { revision: { id: string } } };
  workers: { id: string }[];
  job: { items: { edges: { node: { outputs: { url: string }[] } }[] } };
}
const FACTS = `query ($job: ID!) {
  model(fullName: "red/echo") { id version(number: 1) { id downloadUrl } } deployment(fullName: "red/echo") { id release { revision { id } } }
  workers { id } job(id: $job) { items { edges { node { outputs { url } } } } }
}`;

/** The ids are read from all tables, so that a new table of tenants' rows is among them from its first day; blue has a key and no more. */
async function marksOf(database: Database): Promise<RegExp> {
  const tables = await database.query<{ name: string }>({
    text: `select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'id' and data_type = 'uuid'`, values: [],
  });
  const everything = await Promise.all(tables.map(({ name }) => database.query<{ id: string }>({ text: `select id::text as id from "${name}"`, values: [] })));
  const others = await database.query<{ id: string }>({
    text: `select id::text as id from namespace where name <> 'red' union select id::text from api_key where namespace = 'blue'
           union select principal_id::text from api_key where namespace = 'blue' union select id::text from principal where is_operator`,
    values: [],
  });
  const notReds = new Set(others.map(({ id }) => id));
  const ids = new Set(everything.flat().map(({ id }) => id).filter((id) => !notReds.has(id)));
  return new RegExp([...ids, 'red/', '"red', 'red-live'].join('|'));
}
