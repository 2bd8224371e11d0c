import { Api } from '../support/api';
import { deployModel, until } from '../support/deploy';
import { identityItem, identityModel, slowItem, slowModel } from '../support/models';
import { startPlatform } from '../support/platform-process';
import { cpuMsOf, processTree, residentKib } from '../support/process-tree';
import { percentile, round } from '../support/report';
import { Subscriber } from '../support/subscriber';
import { versions } from './versions';

const SOCKETS = 2_000;
const STALLED = 50;
const EQUAL = 1_000;
/** Some 32 events, 0.6 s apart. */
const LONG_JOB_ITEMS = 960;
const OPENING = 8;
/** So many jobs run first, whose traces in the server's memory are no socket's. */
const WARM_UP_JOBS = 1_000;
const WITHIN_MS = 180_000;
const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';

interface Bench {
  url: string;
  pid: number;
  api: Api;
  /** Deployments of a model that takes its time and of one that does not. */
  slow: string;
  quick: string;
}

/** What it takes to tell the events of jobs to many sockets: in full and in order, how late, how much memory, and what sharing saves. */
export async function fanoutBench(): Promise<object> {
  const platform = await startPlatform();
  const api = new Api(platform.url);
  try {
    const slow = await deployModel(api, { name: 'slow', onnx: slowModel() });
    const quick = await deployModel(api, { name: 'identity', onnx: identityModel() });
    const bench = { url: platform.url, pid: platform.pid, api, slow, quick };
    const delivered = await deliver(bench);
    const { equal, unequal, one } = await costs(bench);
    return {
      bench: 'fanout', ratios: { shared: round((equal - one) / (unequal - one), 3), sharedWithJob: round(equal / unequal, 3) },
      figures: { ...delivered, cpuMsPerEvent: { one: round(one), equal: round(equal), unequal: round(unequal), subscribers: EQUAL } },
      versions: versions(),
    };
  } finally {
    await api.close();
    await platform.stop();
  }
}

/** Half of the sockets on one job, half each on its own; some of either stop reading. */
async function deliver(bench: Bench): Promise<Record<string, unknown>> {
  await eachOf(Array.from({ length: WARM_UP_JOBS }), async () => { await submit(bench, bench.quick, 1); });
  const before = await residentKib(bench.pid);
  const sockets = await openSockets(bench.url, SOCKETS);
  const long = await submit(bench, bench.slow, LONG_JOB_ITEMS);
  const seats = sockets.map((socket, index) => ({ socket, isShared: index % 2 === 0, isStalled: index < STALLED }));
  const seat = async ({ socket, isStalled }: (typeof seats)[number], id: string) => {
    socket.follow(id);
    await socket.begun;
    if (isStalled) socket.stall();
  };
  await eachOf(seats.filter(({ isShared }) => isShared), (each) => seat(each, long));
  await eachOf(seats.filter(({ isShared }) => !isShared), async (each) => seat(each, await submit(bench, bench.quick, 1)));
  const perSocket = (await residentKib(bench.pid) - before) / SOCKETS;
  const readers = seats.filter(({ isStalled }) => !isStalled).map(({ socket }) => socket);
  await within('every reader has seen its job end', Promise.all(readers.map(({ completed }) => completed)));
  sockets.forEach((socket) => socket.close());
  return { sockets: SOCKETS, stalled: STALLED, ...ledger(readers), rssPerSocketKiB: round(perSocket, 1) };
}

/** Numbers are without gaps, so the last one tells how many there must be; that it was the job's last is told by the stream's end. */
function ledger(readers: readonly Subscriber[]): Record<string, unknown> {
  let [lost, duplicated, disordered] = [0, 0, 0];
  for (const { events } of readers) {
    const seen = events.map(({ seq }) => seq);
    const distinct = new Set(seen).size;
    lost += Math.max(3, ...seen) - distinct;
    duplicated += seen.length - distinct;
    disordered += seen.filter((seq, index) => index > 0 && seq <= seen[index - 1]!).length;
  }
  const tookMs = readers.flatMap(({ events }) => events.map((event) => event.tookMs));
  const failures = readers.flatMap(({ errors }) => errors);
  return { events: tookMs.length, lost, duplicated, disordered, failures: failures.length, failure: failures[0], p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}

/** CPU of gateway, subgraphs and Postgres per event of a job: with one subscriber, with many equal ones, with as many unequal ones. */
async function costs(bench: Bench): Promise<{ one: number; equal: number; unequal: number }> {
  return {
    one: await costOf(bench, 1, () => 'One'),
    equal: await costOf(bench, EQUAL, () => 'Equal'),
    unequal: await costOf(bench, EQUAL, (index) => `Unequal${index}`),
  };
}

/** Counts from when every subscriber has caught up, so that opening is left out. */
async function costOf(bench: Bench, subscribers: number, name: (index: number) => string): Promise<number> {
  const sockets = await openSockets(bench.url, subscribers);
  const id = await submit(bench, bench.slow, LONG_JOB_ITEMS);
  sockets.forEach((socket, index) => socket.follow(id, name(index)));
  await until('every subscriber has caught up', async () => sockets.every(({ events }) => events.length > 0), WITHIN_MS);
  const seenBefore = eventsOf(sockets);
  const before = await serverCpuMs(bench.pid);
  await within('every subscriber has seen the job end', Promise.all(sockets.map(({ completed }) => completed)));
  const usedMs = [...await serverCpuMs(bench.pid)].reduce((sum, [pid, now]) => sum + now - (before.get(pid) ?? 0), 0);
  const events = (eventsOf(sockets) - seenBefore) / subscribers;
  sockets.forEach((socket) => socket.close());
  return usedMs / events;
}

function eventsOf(sockets: readonly Subscriber[]): number {
  return sockets.reduce((sum, { events }) => sum + events.length, 0);
}

/** Without the workers, whose models run just as long whoever follows. */
function serverCpuMs(root: number): Promise<Map<number, number>> {
  return cpuMsOf(processTree(root).filter(({ pid, name }) => pid === root || name.startsWith('postgres')));
}

async function submit({ api }: Bench, deployment: string, itemCount: number): Promise<string> {
  const item = deployment.endsWith('/slow') ? slowItem() : identityItem();
  const input = { deployment, items: Array<object>(itemCount).fill(item) };
  return (await api.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input })).submitInference.job.id;
}

async function openSockets(url: string, count: number): Promise<Subscriber[]> {
  const sockets: Subscriber[] = [];
  await eachOf(Array.from({ length: count }), async () => { sockets.push(await Subscriber.open(url)); });
  return sockets;
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(Array.from({ length: OPENING }, async () => {
    for (const item of left) await work(item);
  }));
}

async function within(what: string, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${WITHIN_MS} ms in vain until ${what}.`)), WITHIN_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
