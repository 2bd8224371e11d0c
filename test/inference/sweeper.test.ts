import { silentLog } from '../../platform/log';
import { revisionQueue } from '../../platform/queue/queue';
import { newId } from '../../platform/uuid';
import { IdempotencyKeys } from '../../subgraphs/inference/submit/idempotency';
import { GenerationStore } from '../../subgraphs/inference/generation/generation.store';
import { ResultStore } from '../../subgraphs/inference/reuse/result.store';
import { Janitor } from '../../subgraphs/inference/sweep/janitor';
import { ChunkEnqueuer } from '../../subgraphs/inference/ledger/chunk-enqueuer';
import { JobPartitions } from '../../subgraphs/inference/sweep/job-partitions';
import { LoadStore } from '../../subgraphs/inference/load/load.store';
import { EndedJobs } from '../../subgraphs/inference/metrics/ended-jobs';
import { JobSweeper } from '../../subgraphs/inference/sweep/job.sweeper';
import { SweepStore } from '../../subgraphs/inference/sweep/sweep.store';
import { HeartbeatLiveness } from '../../subgraphs/inference/sweep/worker-liveness';
import { eventually } from '../support/eventually';
import { makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';
import { MemoryRecorder } from '../support/memory-recorder';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis';

function sweeperLaws(open: () => Promise<InferenceBench>, loseEntries: (bench: InferenceBench, deployed: Deployed) => Promise<void>): void {
  let bench: InferenceBench;
  let deployed: Deployed;
  const sweep = () => bench.services.sweeper.sweep({ isSteady: true });
  const age = (id: string) => bench.database.query({ text: `update job_chunk set queued_at = now() - interval '1 minute' where job_id = $1`, values: [id] });
  const statusOf = async (id: string) => (await bench.services.store.byIds([id]))[0]!.status;

  beforeAll(async () => {
    bench = await open();
    deployed = await bench.deploy();
    await sweep();
  });
  afterAll(() => bench.close());

  it('enqueues what was committed and never sent', async () => {
    const target = await bench.deploy();
    const id = await bench.submit(target.fullName);
    await loseEntries(bench, target);
    await bench.database.query({ text: 'update job_chunk set enqueued_at = null where job_id = $1', values: [id] });
    await age(id);
    await sweep();
    const entries = await bench.collect(target.revisionId);
    await eventually(() => expect(entries).toContainEqual({ jobId: id, chunk: 0, lease: 1 }));
    expect(await bench.database.query({ text: 'select job_id from job_chunk where job_id = $1 and enqueued_at is null', values: [id] })).toEqual([]);
  });

  it('takes chunks back from workers that are gone or silent, and from no others', async () => {
    const [alive, silent, gone] = [await bench.addWorker(), await bench.addWorker(7_000), await bench.addWorker()];
    await bench.database.query({ text: `update worker set state = 'GONE' where id = $1`, values: [gone] });
    const leases = await Promise.all([alive, silent, gone, newId()].map(async (worker) => {
      const lease = { jobId: await bench.submit(deployed.fullName), chunk: 0, lease: 1 };
      await bench.ledger.claim(worker, [lease]);
      return lease;
    }));
    await sweep();
    const rows = await bench.database.query<{ status: string; lease: number }>({
      text: 'select status, lease from unnest($1::uuid[]) with ordinality w(id, n) join job_chunk on job_id = id order by n', values: [leases.map(({ jobId }) => jobId)],
    });
    expect(rows).toEqual([{ status: 'RUNNING', lease: 1 }, ...Array(3).fill({ status: 'QUEUED', lease: 2 })]);
  });

  it('judges no silence just after an outage, when none could have been heard, but takes back from the gone', async () => {
    const [silent, gone] = [await bench.addWorker(60_000), await bench.addWorker()];
    await bench.database.query({ text: `update worker set state = 'GONE' where id = $1`, values: [gone] });
    const [kept, taken] = await Promise.all([silent, gone].map(async (worker) => {
      const lease = { jobId: await bench.submit(deployed.fullName), chunk: 0, lease: 1 };
      await bench.ledger.claim(worker, [lease]);
      return lease;
    }));
    await bench.services.sweeper.sweep({ isSteady: false });
    const rows = await bench.database.query<{ status: string }>({
      text: 'select status from unnest($1::uuid[]) with ordinality w(id, n) join job_chunk on job_id = id order by n', values: [[kept!.jobId, taken!.jobId]],
    });
    expect(rows).toEqual([{ status: 'RUNNING' }, { status: 'QUEUED' }]);
  });

  it('sends again what has waited for long, should the queue have lost it unnoticed', async () => {
    const target = await bench.deploy();
    const id = await bench.submit(target.fullName, 3);
    await eventually(async () => expect(await bench.database.query({ text: 'select 1 from job_chunk where job_id = $1 and enqueued_at is null', values: [id] })).toEqual([]));
    await bench.services.queue.obliterate(revisionQueue(target.revisionId));
    const entries = await bench.collect(target.revisionId);
    await bench.services.sweeper.sweep({ isResendDue: true });
    await bench.database.query({ text: `update job_chunk set enqueued_at = now() - interval '31 s' where job_id = $1 and chunk > 0`, values: [id] });
    await bench.services.sweeper.sweep({ isResendDue: true });
    await eventually(() => expect(entries.map(({ chunk }) => chunk).sort()).toEqual([1, 2]));
    await bench.services.sweeper.sweep({ isResendDue: true });
    expect(await bench.database.query({ text: `select 1 from job_chunk where job_id = $1 and enqueued_at < now() - interval '20 s'`, values: [id] })).toEqual([]);
  });

  it('sends every queued chunk again when the queue has lost its entries', async () => {
    const target = await bench.deploy();
    const id = await bench.submit(target.fullName, 3);
    await eventually(async () => expect(await bench.database.query({ text: 'select 1 from job_chunk where job_id = $1 and enqueued_at is null', values: [id] })).toEqual([]));
    await sweep();
    await loseEntries(bench, target);
    await bench.database.query({ text: `update queue_epoch set epoch = 'another'`, values: [] });
    await sweep();
    const entries = await bench.collect(target.revisionId);
    await eventually(() => expect(entries.filter(({ jobId }) => jobId === id).map(({ chunk }) => chunk).sort()).toEqual([0, 1, 2]));
    expect(await bench.database.query({ text: `select 1 from queue_epoch where epoch = 'another'`, values: [] })).toEqual([]);
  });

  it('expires what is not done by its deadline, waiting or running, and voids its results', async () => {
    const worker = await bench.addWorker();
    const waiting = await bench.submit(deployed.fullName, 2, { deadlineMs: 60_000 });
    const running = { jobId: await bench.submit(deployed.fullName, 1, { deadlineMs: 60_000 }), chunk: 0, lease: 1 };
    await bench.ledger.claim(worker, [running, { jobId: waiting, chunk: 0, lease: 1 }]);
    await bench.database.query({ text: `update job set deadline_at = now() - interval '1 s', expires_at = now() - interval '1 s' where id = any($1)`, values: [[waiting, running.jobId]] });
    await sweep();
    expect([await statusOf(waiting), await statusOf(running.jobId)]).toEqual(['EXPIRED', 'EXPIRED']);
    expect(await bench.ledger.finish(worker, [makeFinished(running, 1)])).toEqual([running]);
    expect(await statusOf(running.jobId)).toBe('EXPIRED');
    const retried = await bench.services.jobs.retry(SCOPE, waiting);
    expect(retried.deadlineAt!.getTime()).toBeGreaterThan(Date.now() + 50_000);
  });

  it('runs by itself, in one process at a time', async () => {
    const id = await bench.submit(deployed.fullName, 1, { deadlineMs: 60_000 });
    await bench.database.query({ text: `update job set expires_at = now() where id = $1`, values: [id] });
    await bench.database.exclusively('modelgraph job sweeper', async () => {
      bench.services.sweeper.start();
      await bench.services.sweeper.stop();
      expect(await statusOf(id)).toBe('QUEUED');
    });
    bench.services.sweeper.start();
    await eventually(async () => expect(await statusOf(id)).toBe('EXPIRED'));
    await bench.services.sweeper.stop();
  });
}

describe('the sweeper over a Postgres queue', () => {
  sweeperLaws(() => openInference(), (bench, { revisionId }) => bench.services.queue.obliterate(`revision-${revisionId}`));
});

describeWithRedis('the sweeper over a Redis queue', () => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await startRedis(); });
  afterAll(() => redis.stop());

  sweeperLaws(() => openInference({ redisUrl: redis.url }), () => redis.flush());
});

describe('a step of the sweeper that always fails', () => {
  let bench: InferenceBench;
  beforeAll(async () => { bench = await openInference(); });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => bench.close());

  it('keeps none of the others from its work, nor excuses silent workers', async () => {
    const { database, services, ledger } = bench;
    const janitor = { tidy: () => Promise.reject(new Error('no such folder')) } as unknown as Janitor;
    const enqueuer = new ChunkEnqueuer(database, services.queue, services.log);
    const sweeper = new JobSweeper({ ...services, ledger, enqueuer, janitor, ended: new EndedJobs({ ...services, recorder: new MemoryRecorder() }), store: new SweepStore(database), workers: new HeartbeatLiveness(database) });
    const lease = { jobId: await bench.submit((await bench.deploy()).fullName), chunk: 0, lease: 1 };
    await ledger.claim(await bench.addWorker(60_000), [lease]);
    const now = Date.now();
    for (const passedMs of [0, 3_500, 7_000]) {
      jest.spyOn(Date, 'now').mockReturnValue(now + passedMs);
      await expect(sweeper.sweep()).rejects.toThrow('no such folder');
    }
    expect(await database.query({ text: 'select status, lease from job_chunk where job_id = $1', values: [lease.jobId] })).toEqual([{ status: 'QUEUED', lease: 2 }]);
    await enqueuer.close();
  });
});

describe('the janitor', () => {
  let bench: InferenceBench;
  beforeAll(async () => { bench = await openInference(); });
  afterAll(() => bench.close());

  const partitions = async () => (await bench.database.query<{ name: string }>({
    text: `select inhrelid::regclass::text as name from pg_inherits where inhparent in ('job'::regclass, 'job_chunk'::regclass, 'job_event'::regclass) order by 1`, values: [],
  })).map(({ name }) => name);
  const dayOf = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

  it('keeps partitions for yesterday, today and three days ahead, of all three tables', async () => {
    await Promise.all([bench.services.sweeper.sweep(), bench.services.sweeper.sweep()]);
    expect(await partitions()).toEqual(['job', 'job_chunk', 'job_event'].flatMap((table) => [-1, 0, 1, 2, 3].map((offset) => `${table}_${dayOf(offset)}`)).sort());
  });

  it('drops whole days once the retention is over', async () => {
    const keeper = new JobPartitions(bench.database);
    await keeper.ensure(new Date(Date.now() - 40 * 86_400_000));
    const dropped = await keeper.dropBefore(new Date(Date.now() - 38 * 86_400_000));
    expect(dropped.sort()).toEqual(['job', 'job_chunk', 'job_event'].flatMap((table) => [-41, -40, -39].map((offset) => `${table}_${dayOf(offset)}`)).sort());
    expect(await partitions()).toContain(`job_${dayOf(-38)}`);
  });

  it('forgets old idempotency keys and expired tensors, bytes included', async () => {
    const deployed = await bench.deploy();
    await bench.submit(deployed.fullName, 1, { idempotencyKey: 'old' });
    await bench.database.query({ text: `update idempotency_key set created_at = now() - interval '25 hours'`, values: [] });
    const data = new Uint8Array(16);
    const blob = await bench.services.tensors.write({ jobId: newId(), chunk: 0, lease: 1, namespace: 'default' }, 0, { name: 'y', datatype: 'FP32', shape: [4], data });
    await bench.database.query({ text: `update tensor_blob set expires_at = now() - interval '1 s'`, values: [] });
    const { blobs, tensors } = bench.services;
    await new Janitor({
      partitions: new JobPartitions(bench.database), keys: new IdempotencyKeys(bench.database), blobs, tensors, retentionDays: 30, metrics: bench.services.metrics, metricRetentionDays: 7,
      loads: new LoadStore(bench.database), generations: new GenerationStore(bench.database), results: new ResultStore(bench.database, silentLog()), log: silentLog(),
    }).tidy();
    expect(await bench.database.query({ text: 'select key from idempotency_key union all select id::text from tensor_blob', values: [] })).toEqual([]);
    await expect(tensors.read(blob)).rejects.toMatchObject({ code: 'TENSOR_NOT_FOUND' });
  });
});
