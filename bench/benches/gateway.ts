import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { childEnvironment } from '../../platform/env';
import { temporaryDir } from '../support/platform-process';
import { cpuMsOf } from '../support/process-tree';
import { startReady, type ReadyProcess } from '../support/ready-process';
import { percentile, round } from '../support/report';
import { versions } from './versions';

const WARM_UP = 3_000;
const REQUESTS = 6_000;
const IN_FLIGHT = 16;
/** More than ever are in flight below saturation. */
const CONNECTIONS = 64;
const CALM_REQUESTS = 3_000;
/** Turns of each gateway, one after another, so that the machine's moods meet all. */
const ROUNDS = 3;
const QUERY = 'query Shop($first: Int!) { products(first: $first) { id name price reviews { id stars author { name country } } } }';

type Name = 'floor' | 'ours' | 'apollo' | 'hive';

interface Contestant {
  name: Name;
  process: ReadyProcess;
  pool: Pool;
  /** Of one request, by round. */
  cpuMs: number[];
  /** At saturation, the best round. */
  perSecond: number;
  /** At half of that. */
  calmMs: number[];
}

/** A nested query over three subgraphs through ours and its peers: CPU of the gateway per request, new variables in every one. */
export async function gatewayBench(): Promise<object> {
  const folder = await temporaryDir('modelgraph-gateway-bench-');
  const peers = await installPeers();
  const subgraphs = await startReady([program('bench/support/gateway-subgraphs.main')]);
  try {
    const supergraph = path.join(folder, 'supergraph.graphql');
    await writeFile(supergraph, JSON.parse(subgraphs.ready) as string);
    const overHttp = await compared(() => contestants({ folder, peers, supergraph, ours: { main: 'gateway/main', env: { SUPERGRAPH_FILE: supergraph } } }));
    const inProcess = await compared(() => contestants({ folder, peers, supergraph, local: program('bench/support/shop-subgraphs'), ours: { main: 'bench/support/gateway-in-process.main', env: {} } }));
    return {
      bench: 'gateway',
      ratios: { ...ratiosOf(overHttp, ''), ...ratiosOf(inProcess, 'InProcess'), floorVsApolloGateway: round(costOf(overHttp, 'floor') / costOf(overHttp, 'apollo'), 3) },
      figures: { http: figuresOf(overHttp), inProcess: figuresOf(inProcess) }, versions: versions(),
    };
  } finally {
    await subgraphs.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  folder: string;
  peers: string;
  supergraph: string;
  /** The module whose subgraphs a peer loads into its own process. */
  local?: string;
  ours: { main: string; env: NodeJS.ProcessEnv };
}

async function* contestants({ folder, peers, supergraph, local, ours }: Stage): AsyncGenerator<Contestant> {
  if (!local) yield contestant('floor', await startReady([program('bench/support/gateway-floor.main'), supergraph]));
  const env = childEnvironment({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'info', ...ours.env });
  yield contestant('ours', await startReady([program(ours.main)], { env }));
  for (const name of ['apollo', 'hive'] as const) {
    const args = [path.join(peers, `${name}.mjs`), supergraph, ...(local ? [local] : [])];
    yield contestant(name, await startReady(args, { cwd: peers, env: { ...childEnvironment({}), NODE_ENV: 'production' } }));
  }
}

/** All of them side by side; each has its turns, and the others idle meanwhile. */
async function compared(start: () => AsyncGenerator<Contestant>): Promise<Contestant[]> {
  const all: Contestant[] = [];
  try {
    for await (const each of start()) all.push(each);
    await compareAnswers(all);
    for (const each of all) await load(each, WARM_UP);
    for (let round = 0; round < ROUNDS; round++) for (const each of all) await measure(each);
    for (const each of all) each.calmMs.push(...await arrivals(each, each.perSecond / 2));
    return all;
  } finally {
    for (const { pool, process: running } of all) { await pool.destroy(); await running.stop(); }
  }
}

function ratiosOf(all: readonly Contestant[], suffix: string): object {
  const ours = costOf(all, 'ours');
  return { [`cpuVsApolloGateway${suffix}`]: round(ours / costOf(all, 'apollo'), 3), [`cpuVsHiveRuntime${suffix}`]: round(ours / costOf(all, 'hive'), 3) };
}

function costOf(all: readonly Contestant[], name: Name): number {
  return percentile(all.find((each) => each.name === name)!.cpuMs, 0.5);
}

function figuresOf(all: readonly Contestant[]): object {
  return Object.fromEntries(all.map(({ name, cpuMs, perSecond, calmMs }) => [name, {
    cpuMsPerRequest: round(percentile(cpuMs, 0.5), 3), rounds: cpuMs.map((ms) => round(ms, 3)), requestsPerSecond: round(perSecond, 0),
    halfLoad: { p50Ms: round(percentile(calmMs, 0.5)), p99Ms: round(percentile(calmMs, 0.99)) },
  }]));
}

function contestant(name: Name, process: ReadyProcess): Contestant {
  return { name, process, pool: new Pool(new URL(process.ready).origin, { connections: CONNECTIONS }), cpuMs: [], perSecond: 0, calmMs: [] };
}

async function measure(each: Contestant): Promise<void> {
  const cpu = async () => (await cpuMsOf([{ pid: each.process.pid, parent: 0, name: each.name }])).get(each.process.pid)!;
  const before = await cpu();
  const startedAtMs = performance.now();
  await load(each, REQUESTS);
  each.perSecond = Math.max(each.perSecond, REQUESTS / (performance.now() - startedAtMs) * 1_000);
  each.cpuMs.push((await cpu() - before) / REQUESTS);
}

/** Requests at moments that no answer moves, so that a slow one makes others wait; from its moment on to its answer. */
async function arrivals(each: Contestant, perSecond: number): Promise<number[]> {
  const asked: Promise<number>[] = [];
  const startedAtMs = performance.now();
  for (let at = 0; asked.length < CALM_REQUESTS; at += -Math.log(1 - Math.random()) / perSecond * 1_000) {
    const due = startedAtMs + at;
    if (due > performance.now()) await new Promise((resolve) => { setTimeout(resolve, due - performance.now()); });
    asked.push(answered(each).then(() => performance.now() - due));
  }
  return Promise.all(asked);
}

let lastFirst = 0;

async function load(each: Contestant, requests: number): Promise<void> {
  let left = requests;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left-- > 0) await answered(each);
  }));
}

async function answered(each: Contestant): Promise<void> {
  const text = await ask(each, ++lastFirst);
  if (!text.startsWith('{"data":{"products":[')) throw new Error(`${each.name} answers ${text.slice(0, 500)}`);
}

async function ask({ pool }: Contestant, first: number): Promise<string> {
  const body = JSON.stringify({ query: QUERY, variables: { first } });
  return (await pool.request({ method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body })).body.text();
}

async function compareAnswers(all: readonly Contestant[]): Promise<void> {
  for (let first = 0; first < 24; first++) {
    const [ours, ...others] = await Promise.all(all.map(async (each) => JSON.stringify((JSON.parse(await ask(each, first)) as { data: unknown }).data)));
    if (others.some((other) => other !== ours)) throw new Error(`The answers differ for ${first}: ${[ours, ...others].map((text) => text?.slice(0, 300)).join('\n')}`);
  }
}

/** Into a cache folder, once per version of their list. */
async function installPeers(): Promise<string> {
  const source = path.resolve('bench/peers');
  const folder = path.join(os.homedir(), '.cache', 'modelgraph-bench-peers');
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(source)) await copyFile(path.join(source, file), path.join(folder, file));
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  return folder;
}

function program(name: string): string {
  return path.resolve(__dirname, '../..', `${name}.js`);
}
