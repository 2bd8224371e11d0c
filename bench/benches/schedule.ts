import { setTimeout as delay } from 'node:timers/promises';
import { simulate, type SimulatedTask } from '../../workers/scheduler/simulation';
import { Api } from '../support/api';
import { startPlatform } from '../support/platform-process';
import { meanServiceMs, poissonTrace, type Arrival } from '../support/poisson-trace';
import { percentile, round } from '../support/report';
import { TimedModels } from '../support/timed-models';
import { versions } from './versions';

const SERVICES_MS = [2, 10, 50, 400];
const JOBS = 4_000;
const SATURATION_SECONDS = 15;
const IN_FLIGHT = 16;
/** What the flooded namespace asks for, of the whole: less than the half that is its own. */
const OWN_LOAD = 0.35;
const FLOOD_IN_FLIGHT = 32;

const deadlineOf = (kind: number): number => 10 * SERVICES_MS[kind]! + 200;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Answered {
  kind: number;
  /** Null: refused, or dropped. */
  ms: number | null;
}

/** One worker with one slot, four models of about 2, 10, 50 and 400 ms on the direct lane, open-loop Poisson arrivals: the same trace for each policy. */
export async function scheduleBench(): Promise<object> {
  const fifo = await onPolicy('FIFO', null, async (models, rate) => ({
    busy: await play(models, trace(rate, 0.9), () => null),
    over: await play(models, trace(rate, 1.2), () => null),
  }));
  const srt = await onPolicy('SRT', fifo, async (models, rate, api) => ({
    busy: await play(models, trace(rate, 0.9), () => null),
    over: await play(models, trace(rate, 1.2), deadlineOf),
    flooded: await flooded(models, rate, api, fifo.msPerStep),
  }));
  const [busyFifo, busySrt] = [responses(fifo.result.busy), responses(srt.result.busy)];
  const floodedP99 = percentile(responses(srt.result.flooded), 0.99);
  const aloneP99 = aloneOnHalf(trace(fifo.perSecond, OWN_LOAD), fifo.perSecond);
  return {
    bench: 'schedule',
    ratios: {
      meanSrtVsFifo: round(mean(busySrt) / mean(busyFifo), 3),
      p995SrtVsFifo: round(percentile(busySrt, 0.995) / percentile(busyFifo, 0.995), 3),
      floodedP99: round(floodedP99 / (aloneP99 + Math.max(...SERVICES_MS)), 3),
      pollaczekKhinchine: round(againstFormula(), 3),
    },
    figures: {
      unit: 'milliseconds from the request to its answer', jobs: JOBS, servicesMs: SERVICES_MS, saturationPerSecond: { fifo: round(fifo.saturated, 1), srt: round(srt.saturated, 1) },
      goodputDrop: round(goodput(srt.result.over), 3), goodputFifo: round(goodput(fifo.result.over), 3),
      fifo: summary(busyFifo), srt: summary(busySrt), flooded: { p99: round(floodedP99, 1), aloneOnHalfP99: round(aloneP99, 1) },
    },
    versions: versions(),
  };
}

interface Measured<T> {
  result: T;
  msPerStep: number;
  /** What the load was reckoned from. */
  perSecond: number;
  /** What this platform itself could do: far from the other's, the machine was busy with something else. */
  saturated: number;
}

/** The first platform measures what one step takes and where it saturates; the second is given the same load. */
async function onPolicy<T>(policy: string, before: { msPerStep: number; perSecond: number } | null, work: (models: TimedModels, perSecond: number, api: Api) => Promise<T>): Promise<Measured<T>> {
  const platform = await startPlatform({ env: { WORKERS: '1', WORKER_DEVICE_SLOTS: '1', WORKER_SCHEDULING: policy } });
  const api = new Api(platform.url);
  const models = new TimedModels(platform.url, api);
  try {
    const msPerStep = before?.msPerStep ?? (await models.calibrate());
    await models.deployAll({ servicesMs: SERVICES_MS, msPerStep });
    const saturated = await saturation(models);
    const perSecond = before?.perSecond ?? saturated;
    return { result: await work(models, perSecond, api), msPerStep, perSecond, saturated };
  } finally {
    await models.close();
    await api.close();
    await platform.stop();
  }
}

function trace(perSecond: number, load: number): Arrival[] {
  return poissonTrace({ count: JOBS, perSecond: perSecond * load, servicesMs: SERVICES_MS });
}

/** Requests a second of the mix when there is always work. */
async function saturation(models: TimedModels): Promise<number> {
  const arrivals = poissonTrace({ count: 100_000, perSecond: 1, servicesMs: SERVICES_MS, seed: 11 });
  const endAt = performance.now() + SATURATION_SECONDS * 1_000;
  const startedAt = performance.now();
  let next = 0;
  let servedMs = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (performance.now() < endAt) {
      const { kind } = arrivals[next++]!;
      await models.call(kind, null);
      servedMs += SERVICES_MS[kind]!;
    }
  }));
  const seconds = (performance.now() - startedAt) / 1_000;
  // Few of the long ones fit into the time: what was served counts by its service, and not by its number.
  return servedMs / seconds / meanServiceMs(SERVICES_MS);
}

/** Open loop: nobody waits for an answer before the next request leaves. */
async function play(models: TimedModels, arrivals: readonly Arrival[], timeoutOf: (kind: number) => number | null): Promise<Answered[]> {
  const startedAt = performance.now();
  const answers: Promise<Answered>[] = [];
  for (const { at, kind } of arrivals) {
    const waitMs = startedAt + at - performance.now();
    if (waitMs > 1) await delay(waitMs);
    answers.push(models.call(kind, timeoutOf(kind)).then((ms) => ({ kind, ms })));
  }
  return Promise.all(answers);
}

/** The answers of one namespace while another keeps the worker full. */
async function flooded(models: TimedModels, perSecond: number, api: Api, msPerStep: number): Promise<Answered[]> {
  await api.request('mutation ($input: CreateNamespaceInput!) { createNamespace(input: $input) { namespace { name } } }', { input: { name: 'flood' } });
  const others = new TimedModels(api.url, api);
  await others.deployAll({ namespace: 'flood', servicesMs: SERVICES_MS, msPerStep });
  let isOver = false;
  const flood = Promise.all(Array.from({ length: FLOOD_IN_FLIGHT }, async (_, index) => {
    for (let call = index; !isOver; call += 1) await others.call(call % SERVICES_MS.length, null).catch(() => null);
  }));
  const answers = await play(models, trace(perSecond, OWN_LOAD), () => null);
  isOver = true;
  await flood;
  await others.close();
  return answers;
}

function responses(answers: readonly Answered[]): number[] {
  return answers.flatMap(({ ms }) => ms ?? []);
}

/** The part that was answered within its deadline. */
function goodput(answers: readonly Answered[]): number {
  return answers.filter(({ kind, ms }) => ms !== null && ms <= deadlineOf(kind)).length / answers.length;
}

function summary(values: readonly number[]): object {
  return { mean: round(mean(values), 1), p50: round(percentile(values, 0.5), 1), p99: round(percentile(values, 0.99), 1), p995: round(percentile(values, 0.995), 1) };
}

/** The 99th percentile that the same arrivals would have on a machine of half the speed, by the scheduler's own queue. */
function aloneOnHalf(arrivals: readonly Arrival[], perSecond: number): number {
  const scale = 2 * (1_000 / perSecond / meanServiceMs(SERVICES_MS));
  const runs = simulate(tasksOf(arrivals, scale), { policy: 'SRT' });
  return percentile(runs.map(({ task, endedAt }) => endedAt! - task.arrivedAt), 0.99);
}

function tasksOf(arrivals: readonly Arrival[], scale: number): SimulatedTask[] {
  return arrivals.map(({ at, kind }) => {
    const serviceMs = SERVICES_MS[kind]! * scale;
    return { arrivedAt: at, serviceMs, predictedMs: serviceMs, weightMs: serviceMs, deadlineAt: null, priority: 0, namespace: 'n' };
  });
}

/** The simulator's mean wait under FIFO to that of Pollaczek and Khinchine. */
function againstFormula(): number {
  const arrivals = poissonTrace({ count: 1_000_000, perSecond: 700 / meanServiceMs(SERVICES_MS), servicesMs: SERVICES_MS });
  const tasks = tasksOf(arrivals, 1);
  const perMs = tasks.length / tasks.at(-1)!.arrivedAt;
  const load = perMs * mean(tasks.map(({ serviceMs }) => serviceMs));
  const expectedMs = (perMs * mean(tasks.map(({ serviceMs }) => serviceMs ** 2))) / (2 * (1 - load));
  return mean(simulate(tasks, { policy: 'FIFO' }).map(({ task, endedAt }) => endedAt! - task.arrivedAt - task.serviceMs)) / expectedMs;
}
