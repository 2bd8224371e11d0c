import { Registry } from 'prom-client';
import { silentLog } from '../../platform/log';
import { newId } from '../../platform/uuid';
import { createWorkRecorder } from '../../subgraphs/inference';
import { DeploymentMeter } from '../../subgraphs/inference/metrics/deployment-meter';
import { MetricStore } from '../../subgraphs/inference/metrics/metric.store';
import type { FinishedWork, Lease } from '../../subgraphs/inference/worker.contract';
import { MeasuredLedger } from '../../workers/metrics/measured.ledger';
import { ask, makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { follow, makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

let bench: InferenceBench;
let worker: string;
beforeAll(async () => {
  bench = await openInference();
  worker = await bench.addWorker();
});
afterAll(() => bench.close());

const SPAN = 'finished failed rate errorRate latency { p50 p95 p99 mean } meanQueueWaitMs computeMs savedMs dropped { reason items }';
const work = (deploymentId: string, overrides: Partial<FinishedWork> = {}): FinishedWork => ({
  deploymentId, lane: 'queued', items: 1, errors: [], latencyMs: 10, timing: { queuedMs: 4, batchWaitMs: 1, computeMs: 6, ownComputeMs: 3, batchSize: 2 }, ...overrides,
});

interface Shown {
  total: { finished: string; failed: string; savedMs: number; dropped: { reason: string; items: string }[]; latency: { p50: number; p99: number } | null; meanQueueWaitMs: number };
  stepMs: number;
  points: { from: string; to: string; finished: string }[];
}

async function metricsOf(id: string, args = '(windowMs: 60000)', caller = SCOPE.caller) {
  const text = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Deployment { metrics${args} { stepMs total { ${SPAN} } points { from to finished } } } } }`;
  const { data, codes } = await ask(bench.subgraph, text, { variables: { r: [{ __typename: 'Deployment', id }] }, caller });
  return { codes, metrics: (data?._entities?.[0]?.metrics ?? null) as Shown | null };
}

async function addReplica({ deploymentId, revisionId }: Deployed, itemMs: number): Promise<void> {
  await bench.database.query({
    text: `insert into replica (id, deployment_id, revision_id, worker_id, device, state, memory_bytes, item_ms) values ($1, $2, $3, $4, 'cpu', 'READY', 1, $5)`,
    values: [newId(), deploymentId, revisionId, worker, itemMs],
  });
}

describe('the roll-ups of deployments', () => {
  it('are the sum of what all processes counted, whoever writes when', async () => {
    const id = newId();
    const store = new MetricStore(bench.database);
    const meters = Array.from({ length: 4 }, () => new DeploymentMeter(store, silentLog(), () => 1_700_000_000_000));
    for (let round = 0; round < 5; round += 1) {
      for (const meter of meters) meter.finished(work(id, { latencyMs: 2 ** round, items: 2, errors: round === 0 ? ['INFERENCE_FAILED'] : [] }));
      await Promise.all(meters.map((meter) => meter.flush()));
    }
    const [sums] = await store.total([id], new Date(0));
    expect(sums).toMatchObject({ finished: 40, failed: 4, latencyMs: 8 * 31, computeMs: 60, drops: [0, 0, 0, 0] });
    expect(sums!.latency.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(sums!.latency.filter((count) => count > 0)).toEqual([8, 8, 8, 8, 8]);
  });

  it('are folded to five minutes after two hours, time and again, without a change of any sum', async () => {
    const [id, store, now] = [newId(), bench.services.metrics, Date.now()];
    const clock = { now: now - 4 * 3_600_000 };
    const meter = new DeploymentMeter(store, silentLog(), () => clock.now);
    const rows = async () => Number((await bench.database.query<{ count: string }>({ text: 'select count(*) from deployment_metric where deployment_id = $1', values: [id] }))[0]!.count);
    for (; clock.now < now; clock.now += 60_000) meter.finished(work(id, { latencyMs: 1 + (clock.now % 7) }));
    await meter.flush();
    expect(await rows()).toBe(240);
    const [before] = await store.total([id], new Date(0));
    await store.fold(new Date(now));
    await store.fold(new Date(now));
    expect(await rows()).toBeLessThanOrEqual(24 + 120 + 6);
    expect(await store.total([id], new Date(0))).toEqual([before]);
    // A row that comes late is taken in by the next round.
    clock.now = now - 3 * 3_600_000;
    meter.finished(work(id));
    await meter.flush();
    await store.fold(new Date(now));
    expect(await rows()).toBeLessThanOrEqual(24 + 120 + 6);
    expect((await store.total([id], new Date(0)))[0]).toMatchObject({ finished: 241 });
  });

  it('are forgotten after their retention', async () => {
    const [id, store] = [newId(), bench.services.metrics];
    const old = new DeploymentMeter(store, silentLog(), () => Date.now() - 86_400_000);
    old.finished(work(id));
    await old.flush();
    await store.forgetBefore(new Date(Date.now() - 2 * 86_400_000));
    expect(await store.total([id], new Date(0))).toEqual([expect.objectContaining({ finished: 1 })]);
    await store.forgetBefore(new Date(Date.now() - 3_600_000));
    expect(await store.total([id], new Date(0))).toEqual([null]);
  });
});

describe('Deployment.metrics', () => {
  it('tells rates, quantiles and what was dropped, in steps without gaps', async () => {
    const { deploymentId: id } = await bench.deploy();
    const { meter } = bench.services;
    for (let count = 0; count < 98; count += 1) meter.finished(work(id, { latencyMs: 10 }));
    meter.finished(work(id, { latencyMs: 1_000, items: 2, errors: ['INFERENCE_FAILED'] }));
    meter.dropped(id, 'CANCELED', 7);
    await meter.flush();
    const { metrics } = await metricsOf(id, '(windowMs: 600000, stepMs: 60000)');
    expect(metrics!.total).toMatchObject({ finished: '100', failed: '1', errorRate: 0.01, meanQueueWaitMs: 4, dropped: [{ reason: 'CANCELED', items: '7' }] });
    expect(metrics!.total.latency!.p50).toBeCloseTo(10, -1);
    expect(metrics!.total.latency!.p99).toBeGreaterThan(840);
    expect(metrics!.stepMs).toBe(60_000);
    metrics!.points.slice(1).forEach(({ from }, index) => expect(from).toBe(metrics!.points[index]!.to));
    expect(metrics!.points.reduce((sum, { finished }) => sum + Number(finished), 0)).toBe(100);
  });

  it('tells nothing of a deployment that did nothing, and null to strangers', async () => {
    const { deploymentId: id } = await bench.deploy();
    expect((await metricsOf(id)).metrics!.total).toMatchObject({ finished: '0', latency: null, rate: 0, errorRate: 0 });
    expect((await metricsOf(id, '', makeCaller({ other: 'ADMIN' }))).metrics).toBeNull();
    expect((await metricsOf(newId())).metrics).toBeNull();
  });

  it.each(['(windowMs: 9999)', '(windowMs: -1)', '(windowMs: 1e300)', '(windowMs: 60000, stepMs: 0)', '(windowMs: 60000, stepMs: 15000)', '(windowMs: 600000000, stepMs: 300000)', '(windowMs: 8000000, stepMs: 60000)', '(stepMs: -10000)'])(
    'refuses a range that makes no sense, or too many points: %s', async (args) => {
      const { deploymentId: id } = await bench.deploy();
      expect((await metricsOf(id, args)).codes).toEqual(['BAD_USER_INPUT']);
    },
  );
});

describe('what becomes of jobs', () => {
  const leasesOf = (jobId: string, count = 1): Lease[] => Array.from({ length: count }, (_, chunk) => ({ jobId, chunk, lease: 1 }));

  it('is counted by the worker that finishes them, with the wait since they were accepted', async () => {
    const deployed = await bench.deploy();
    const { recorder, close } = createWorkRecorder({ database: bench.database, registry: new Registry(), log: silentLog() });
    const ledger = new MeasuredLedger(bench.ledger, recorder);
    const [lease] = leasesOf(await bench.submit(deployed.fullName));
    await bench.database.query({ text: `update job_chunk set queued_at = now() - interval '3 s' where job_id = $1`, values: [lease!.jobId] });
    await ledger.claim(worker, [lease!]);
    await ledger.finish(worker, [makeFinished(lease!, 1)]);
    await close();
    const { total } = (await metricsOf(deployed.deploymentId)).metrics!;
    expect(total).toMatchObject({ finished: '1', failed: '0' });
    expect(total.meanQueueWaitMs).toBeGreaterThanOrEqual(3_000);
    expect(total.latency!.p50).toBeGreaterThan(2_500);
  });

  it('is counted as dropped and saved when a caller cancels them: what waits by its predicted compute', async () => {
    const deployed = await bench.deploy();
    await addReplica(deployed, 50);
    const id = await bench.submit(deployed.fullName, 3);
    await bench.ledger.claim(worker, leasesOf(id));
    await bench.services.jobs.cancel(SCOPE, id);
    await eventually(async () => {
      await bench.services.meter.flush();
      expect((await metricsOf(deployed.deploymentId)).metrics!.total).toMatchObject({ finished: '0', savedMs: 100, dropped: [{ reason: 'CANCELED', items: '3' }] });
    });
  });

  it('is counted as dropped when their deadline passes, or they do not fit', async () => {
    const deployed = await bench.deploy();
    const id = await bench.submit(deployed.fullName, 2, { deadlineMs: 60_000 });
    await bench.database.query({ text: `update job set expires_at = now() - interval '1 s' where id = $1`, values: [id] });
    await bench.services.sweeper.sweep({ isSteady: true });
    await bench.database.query({ text: 'update deployment set max_queue = 1 where id = $1', values: [deployed.deploymentId] });
    bench.services.bus.publish('deployment', deployed.deploymentId);
    await eventually(async () => {
      await expect(bench.submit(deployed.fullName).then(() => bench.submit(deployed.fullName))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    });
    await bench.services.meter.flush();
    const { dropped } = (await metricsOf(deployed.deploymentId)).metrics!.total;
    expect(dropped).toEqual(expect.arrayContaining([{ reason: 'DEADLINE_EXCEEDED', items: '2' }]));
    expect(dropped.map(({ reason }) => reason)).toContain('QUEUE_FULL');
  });
});

describe('deploymentMetrics', () => {
  const text = (id: string, everyMs = 1_000): string => `subscription { deploymentMetrics(id: "${id}", everyMs: ${everyMs}) { recent { finished } queue { depth } } }`;

  it('tells the last minute and the queue at once, then what has changed, the latest alone', async () => {
    const deployed = await bench.deploy();
    const { meter } = bench.services;
    const updates = await follow<{ recent: { finished: string }; queue: { depth: number } }>(bench.subgraph, text(deployed.deploymentId));
    expect((await updates.next()).value).toEqual({ recent: { finished: '0' }, queue: { depth: 0 } });
    for (let round = 0; round < 3; round += 1) {
      meter.finished(work(deployed.deploymentId));
      await meter.flush();
    }
    await bench.submit(deployed.fullName, 4);
    await eventually(async () => expect((await bench.services.loads.of(deployed.deploymentId)).waiting).toBe(4));
    expect((await updates.next()).value).toEqual({ recent: { finished: '3' }, queue: { depth: 4 } });
    await updates.return!();
  });

  it('refuses strangers, deployments that are not there, and paces that are none', async () => {
    const { deploymentId: id } = await bench.deploy();
    await expect(follow(bench.subgraph, text(id), { caller: makeCaller({ other: 'ADMIN' }) })).rejects.toThrow('DEPLOYMENT_NOT_FOUND');
    await expect(follow(bench.subgraph, text('nothing'))).rejects.toThrow('DEPLOYMENT_NOT_FOUND');
    await expect(follow(bench.subgraph, text(id, 0))).rejects.toThrow('BAD_USER_INPUT');
    await expect(follow(bench.subgraph, text(id, 60_001))).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('what Prometheus is told', () => {
  it('holds every histogram with equal buckets, and the depth of each queue', async () => {
    const deployed = await bench.deploy();
    await bench.submit(deployed.fullName, 6);
    const registry = new Registry();
    const { recorder, close } = createWorkRecorder({ database: bench.database, registry, log: silentLog() });
    recorder.finished(work(deployed.deploymentId));
    await close();
    const told = await registry.metrics();
    for (const name of ['queue_wait_seconds', 'batch_wait_seconds', 'compute_seconds', 'duration_seconds']) {
      expect(told.match(new RegExp(`^modelgraph_inference_${name}_bucket`, 'gm'))).toHaveLength(24);
    }
    expect(told).toContain(`modelgraph_inference_items_total{lane="queued",deployment="${deployed.deploymentId}",outcome="ok"} 1`);
    expect(await bench.services.registry.metrics()).toContain(`modelgraph_inference_queue_depth{deployment="${deployed.deploymentId}"} 6`);
  });
});
