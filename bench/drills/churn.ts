import { createClient as createEventClient } from 'graphql-sse';
import WebSocket from 'ws';
import { Api } from '../support/api';
import { deployModel, until } from '../support/deploy';
import { identityModel } from '../support/models';
import type { Holdings } from '../support/observed.main';
import { startPlatform, type PlatformProcess } from '../support/platform-process';
import { round } from '../support/report';
import type { DrillResult } from './drill.result';

const CYCLES = 20_000;
const WARM_UP = 4_000;
const AT_A_TIME = 16;
/** Cycles that share a socket before it is broken off. */
const PER_SOCKET = 25;
const MAX_GROWTH = 0.05;
const WITHIN_MS = 20_000;

interface Counts {
  begun: number;
  /** Those that had seen the first state when they left. */
  seen: number;
  failed: number;
}

/** Subscribers come and go by every way there is: nothing of them may stay. */
export async function churn(): Promise<DrillResult> {
  const platform = await startPlatform({ program: 'bench/support/observed.main', hasChannel: true });
  const api = new Api(platform.url);
  try {
    await deployModel(api, { name: 'watched', onnx: identityModel() });
    const { deployment } = await api.request<{ deployment: { id: string } }>('{ deployment(fullName: "default/watched") { id } }');
    await cycle(platform.url, deployment.id, WARM_UP);
    const before = await settled(platform);
    const counts = await cycle(platform.url, deployment.id, CYCLES);
    return judge(counts, before, await settled(platform));
  } finally {
    await api.close();
    await platform.stop();
  }
}

function judge({ begun, seen, failed }: Counts, before: Holdings, after: Holdings): DrillResult {
  const growth = after.heapUsedBytes / before.heapUsedBytes - 1;
  const lost = after.openStreams + after.upstreams;
  return {
    drill: 'churn', ok: begun >= CYCLES && failed === 0 && lost === 0 && growth <= MAX_GROWTH,
    figures: {
      accepted: begun, finished: begun - failed, lost, duplicated: 0, faults: begun, seen, failed,
      openStreams: after.openStreams, upstreams: after.upstreams,
      heapMiB: { before: mib(before), after: mib(after) }, heapGrowth: round(growth, 4),
    },
  };
}

function mib({ heapUsedBytes }: Holdings): number {
  return round(heapUsedBytes / 1024 / 1024, 1);
}

/** What is held once the server has heard of everyone who left, or does not come to hear of it. */
async function settled(platform: PlatformProcess): Promise<Holdings> {
  const held = () => platform.ask<Holdings>('holdings');
  await until('nothing is open', async () => {
    const { openStreams, upstreams } = await held();
    return openStreams + upstreams === 0;
  }, WITHIN_MS).catch(() => undefined);
  return held();
}

async function cycle(url: string, deploymentId: string, cycles: number): Promise<Counts> {
  const counts: Counts = { begun: 0, seen: 0, failed: 0 };
  const next = () => (counts.begun < cycles ? ++counts.begun : null);
  const overEvents = Array.from({ length: AT_A_TIME / 4 }, async () => {
    for (let turn = next(); turn !== null; turn = next()) await overEventStream(url, queryOf(turn, deploymentId), turn, counts);
  });
  const overSockets = Array.from({ length: AT_A_TIME }, async () => {
    for (let turn = next(); turn !== null; turn = next()) turn = await overSocket({ url, deploymentId, counts, next }, turn);
  });
  await Promise.all([...overEvents, ...overSockets]);
  return counts;
}

/** Equal ones, which share a stream, and unequal ones; one that is refused among them. */
function queryOf(turn: number, id: string): { query: string; variables: object } {
  const name = turn % 3 === 0 ? 'Equal' : `W${turn % 97}`;
  if (turn % 29 === 0) return { query: `subscription ${name}($id: ID!) { jobEvents(id: $id) { seq } }`, variables: { id } };
  return { query: `subscription ${name}($id: ID!) { deploymentUpdated(id: $id) { status model { fullName } } }`, variables: { id } };
}

interface SocketCycles {
  url: string;
  deploymentId: string;
  counts: Counts;
  next(): number | null;
}

/** One socket for some cycles; then it breaks off with its last subscription open. */
async function overSocket({ url, deploymentId, counts, next }: SocketCycles, first: number): Promise<number> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
  const message = () => new Promise((resolve, reject) => { socket.once('message', resolve).once('close', () => reject(new Error('closed'))); });
  let turn: number | null = first;
  try {
    await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject); });
    socket.send('{"type":"connection_init"}');
    await message();
    for (let left = PER_SOCKET; turn !== null && left > 0; left--) {
      socket.send(JSON.stringify({ id: String(turn), type: 'subscribe', payload: queryOf(turn, deploymentId) }));
      if (turn % 2 === 0) { await message(); counts.seen += 1; }
      if (left > 1) socket.send(JSON.stringify({ id: String(turn), type: 'complete' }));
      socket.removeAllListeners('close');
      if (left > 1) turn = next();
    }
  } catch {
    counts.failed += 1;
  }
  socket.terminate();
  return turn ?? first;
}

async function overEventStream(url: string, payload: { query: string; variables: object }, turn: number, counts: Counts): Promise<void> {
  const client = createEventClient({ url: `${url}/graphql`, retryAttempts: 0 });
  const results = client.iterate(payload as { query: string; variables: Record<string, unknown> });
  const first = results.next();
  if (turn % 2 === 0) await first.then(() => { counts.seen += 1; }, () => { counts.failed += 1; });
  first.catch(() => undefined);
  client.dispose();
}
