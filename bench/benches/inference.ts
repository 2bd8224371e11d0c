import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { childEntry } from '../../platform/process/child-entry';
import { Api } from '../support/api';
import { deployModel } from '../support/deploy';
import { binaryDoor, graphqlDoor, queuedDoor, type Door } from '../support/inference-doors';
import { benchedModels, type BenchedModel } from '../support/inference-models';
import { startPlatform, type PlatformProcess } from '../support/platform-process';
import { cpuMsOf, processTree } from '../support/process-tree';
import { startReady } from '../support/ready-process';
import { percentile, round } from '../support/report';
import { closedLoop } from './closed-loop';
import { versions } from './versions';

const IN_FLIGHT = 64;
const FLOOR_BATCHES = [1, 8, 32];
const WARM_UP_SECONDS = 1;
const PICK_SECONDS = 2;
const SECONDS = 5;
const PAIRS = 10;
const PAIR_SECONDS = 1.5;
/** Student's t for the 95 % interval over 10 pairs. */
const T_95 = 2.262;

interface Measured {
  perSecond: number;
  /** Over all server processes. */
  cpuUs: number;
  p50: number;
  p99: number;
}

/** Four models through each door of the platform, against a bare server in front of one onnxruntime child. */
export async function inferenceBench(): Promise<object> {
  const ratios: Record<string, number> = {};
  const figures: Record<string, object> = {};
  for (const model of benchedModels()) {
    const floor = await bestFloor(model);
    const ours = await onPlatform(model);
    const { pairs } = ours;
    for (const door of ['direct', 'graphql', 'queued'] as const) ratios[`${model.name}.${door}`] = round(ratioOf(ours[door], floor), 3);
    ratios[`${model.name}.batching`] = round(meanOf(pairs), 3);
    figures[model.name] = { floor, direct: ours.direct, graphql: ours.graphql, queued: ours.queued, batching: { low: round(meanOf(pairs) - halfWidth(pairs), 3), high: round(meanOf(pairs) + halfWidth(pairs), 3) } };
  }
  return { bench: 'inference', ratios, figures: { unit: 'requests per second, CPU µs per request over all server processes, milliseconds', inFlight: IN_FLIGHT, ...figures }, versions: versions() };
}

/** Of throughput and processor time the worse; 1 is the floor's own. */
function ratioOf(ours: Measured, floor: Measured): number {
  return Math.min(ours.perSecond / floor.perSecond, floor.cpuUs / ours.cpuUs);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function halfWidth(values: readonly number[]): number {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return T_95 * Math.sqrt(variance / values.length);
}

/** With the fixed batch that suits the model best. */
async function bestFloor(model: BenchedModel): Promise<Measured> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'inference-floor-'));
  const file = path.join(folder, 'model.onnx');
  await writeFile(file, model.onnx);
  try {
    let best = { perSecond: 0, batch: 1 };
    for (const batch of FLOOR_BATCHES) {
      const { perSecond } = await onFloor(model, { file, batch, seconds: PICK_SECONDS });
      if (perSecond > best.perSecond) best = { perSecond, batch };
    }
    return await onFloor(model, { file, batch: best.batch, seconds: SECONDS });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function onFloor(model: BenchedModel, { file, batch, seconds }: { file: string; batch: number; seconds: number }): Promise<Measured> {
  const entry = childEntry('bench/support/inference-floor.main');
  const server = await startReady([...entry.execArgv, entry.file, file, String(batch)]);
  const pool = new Pool(server.ready, { connections: IN_FLIGHT });
  try {
    return await measure(server.pid, binaryDoor(pool, '/', model), seconds);
  } finally {
    await pool.destroy();
    await server.stop();
  }
}

async function onPlatform(model: BenchedModel): Promise<{ direct: Measured; graphql: Measured; queued: Measured; pairs: number[] }> {
  const platform = await startPlatform({ env: { WORKERS: '1' } });
  const [api, pool] = [new Api(platform.url), new Pool(platform.url, { connections: IN_FLIGHT })];
  try {
    const tuned = await deployModel(api, { name: model.name, onnx: model.onnx });
    const single = await deployModel(api, { name: `${model.name}-one`, onnx: model.onnx, settings: { batching: { maxBatchSize: 1 } } });
    const [on, off] = [tuned, single].map((deployment) => binaryDoor(pool, `/v2/models/${deployment}/infer`, model));
    const direct = await measure(platform.pid, on!, SECONDS);
    const graphql = await measure(platform.pid, graphqlDoor(api, tuned, model), SECONDS);
    const queued = await measure(platform.pid, queuedDoor(api, tuned, model), SECONDS);
    return { direct, graphql, queued, pairs: await pairsOf(platform, on!, off!) };
  } finally {
    await pool.destroy();
    await api.close();
    await platform.stop();
  }
}

/** Throughput with batching to that without, one right after the other and each first in turn. */
async function pairsOf({ pid }: PlatformProcess, on: Door, off: Door): Promise<number[]> {
  const pairs: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const order = pair % 2 === 0 ? [on, off] : [off, on];
    const rates = new Map<Door, number>();
    for (const door of order) rates.set(door, (await measure(pid, door, PAIR_SECONDS)).perSecond);
    pairs.push(rates.get(on)! / rates.get(off)!);
  }
  return pairs;
}

async function measure(server: number, door: Door, seconds: number): Promise<Measured> {
  await closedLoop({ inFlight: IN_FLIGHT, warmUpSeconds: 0, seconds: WARM_UP_SECONDS, operation: door });
  const before = await cpuMsOf(processTree(server));
  const times: number[] = [];
  const startedAt = performance.now();
  await closedLoop({
    inFlight: IN_FLIGHT, warmUpSeconds: 0, seconds,
    operation: async () => {
      const askedAt = performance.now();
      await door();
      times.push(performance.now() - askedAt);
    },
  });
  const after = await cpuMsOf(processTree(server));
  const cpuMs = [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? ms), 0);
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  // Slow ones end after the time; they count, and so does the time they took.
  return { perSecond: round(times.length / elapsedSeconds, 1), cpuUs: round((cpuMs * 1_000) / times.length, 1), p50: round(percentile(times, 0.5), 2), p99: round(percentile(times, 0.99), 2) };
}
