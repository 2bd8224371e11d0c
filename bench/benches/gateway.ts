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
/** Turns of each gateway, one after another, so that the machine's moods meet all. */
const ROUNDS = 3;
const QUERY = 'query Shop($first: Int!) { products(first: $first) { id name price reviews { id stars author { name country } } } }';

type Name = 'ours' | 'apollo' | 'hive';

interface Contestant { name: Name; process: ReadyProcess; pool: Pool; cpuMs: number[]; tookMs: number[] }

/** A nested query over three HTTP subgraphs through ours and its peers: CPU of the gateway per request, new variables in every one. */
export async function gatewayBench(): Promise<object> {
  const folder = await temporaryDir('modelgraph-gateway-bench-');
  const peers = await installPeers();
  const subgraphs = await startReady([program('bench/support/gateway-subgraphs.main')]);
  const contestants: Contestant[] = [];
  try {
    const supergraph = path.join(folder, 'supergraph.graphql');
    await writeFile(supergraph, JSON.parse(subgraphs.ready) as string);
    const env = childEnvironment({ SUPERGRAPH_FILE: supergraph, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'info' });
    contestants.push(contestant('ours', await startReady([program('gateway/main')], { env })));
    for (const name of ['apollo', 'hive'] as const) {
      contestants.push(contestant(name, await startReady([path.join(peers, `${name}.mjs`), supergraph], { cwd: peers, env: { ...childEnvironment({}), NODE_ENV: 'production' } })));
    }
    await compareAnswers(contestants);
    for (const each of contestants) await load(each, WARM_UP);
    for (let round = 0; round < ROUNDS; round++) for (const each of contestants) await measure(each);
    return report(contestants);
  } finally {
    for (const { pool, process: running } of contestants) { await pool.close(); await running.stop(); }
    await subgraphs.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function report(contestants: readonly Contestant[]): object {
  const cost = Object.fromEntries(contestants.map(({ name, cpuMs }) => [name, percentile(cpuMs, 0.5)])) as Record<Name, number>;
  return {
    bench: 'gateway',
    ratios: { cpuVsApolloGateway: round(cost.ours / cost.apollo, 3), cpuVsHiveRuntime: round(cost.ours / cost.hive, 3) },
    figures: Object.fromEntries(contestants.map(({ name, cpuMs, tookMs }) => [name, {
      cpuMsPerRequest: round(percentile(cpuMs, 0.5), 3), rounds: cpuMs.map((ms) => round(ms, 3)), p50Ms: round(percentile(tookMs, 0.5)), p99Ms: round(percentile(tookMs, 0.99)),
    }])),
    versions: versions(),
  };
}

function contestant(name: Name, process: ReadyProcess): Contestant {
  return { name, process, pool: new Pool(new URL(process.ready).origin, { connections: IN_FLIGHT }), cpuMs: [], tookMs: [] };
}

async function measure(each: Contestant): Promise<void> {
  const cpu = async () => (await cpuMsOf([{ pid: each.process.pid, parent: 0, name: each.name }])).get(each.process.pid)!;
  const before = await cpu();
  each.tookMs.push(...await load(each, REQUESTS));
  each.cpuMs.push((await cpu() - before) / REQUESTS);
}

let lastFirst = 0;

async function load(each: Contestant, requests: number): Promise<number[]> {
  const tookMs: number[] = [];
  let left = requests;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (left-- > 0) {
      const startedAtMs = performance.now();
      const text = await ask(each, ++lastFirst);
      if (!text.startsWith('{"data":{"products":[')) throw new Error(`${each.name} answers ${text.slice(0, 500)}`);
      tookMs.push(performance.now() - startedAtMs);
    }
  }));
  return tookMs;
}

async function ask({ pool }: Contestant, first: number): Promise<string> {
  const body = JSON.stringify({ query: QUERY, variables: { first } });
  return (await pool.request({ method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' }, body })).body.text();
}

async function compareAnswers(contestants: readonly Contestant[]): Promise<void> {
  for (let first = 0; first < 24; first++) {
    const [ours, ...others] = await Promise.all(contestants.map(async (each) => JSON.stringify((JSON.parse(await ask(each, first)) as { data: unknown }).data)));
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
