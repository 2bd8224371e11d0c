import { newId } from '../../platform/uuid';
import type { Lease } from '../../subgraphs/inference/worker.contract';
import { ask } from '../support/ask';
import { eventually } from '../support/eventually';
import { statementsOf } from '../support/statements';
import { makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

interface ChunkRow { status: string; lease: number; attempt: number; worker_id: string | null }

describe('the job ledger', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  let worker: string;
  const lost = { code: 'WORKER_LOST', message: 'gone' } as const;
  const crashed = { code: 'RUNNER_CRASHED', message: 'The runner ended with signal 11.' } as const;
  const chunkOf = async ({ jobId, chunk }: Lease) => (await bench.database.query<ChunkRow>({
    text: 'select status, lease, attempt, worker_id from job_chunk where job_id = $1 and chunk = $2', values: [jobId, chunk],
  }))[0]!;
  const jobOf = async (id: string) => (await ask(bench.subgraph, 'query ($id: ID!) { job(id: $id) { status attempt seq finishedCount error { code message } items { edges { node { status error { code } } } } } }', { variables: { id } })).data.job;
  const kindsOf = async (id: string) => (await bench.database.query<{ seq: number; kind: string }>({ text: 'select seq, kind from job_event where job_id = $1 order by seq', values: [id] })).map(({ kind }) => kind);
  const leaseOf = async (itemCount = 1): Promise<Lease> => ({ jobId: await bench.submit(deployed.fullName, itemCount), chunk: 0, lease: 1 });

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
    worker = await bench.addWorker();
  });
  afterAll(() => bench.close());

  it('gives a lease to one claim, whoever asks at the same time', async () => {
    const lease = await leaseOf();
    const workers = await Promise.all(Array.from({ length: 6 }, () => bench.addWorker()));
    const claims = await Promise.all(workers.map((id) => bench.ledger.claim(id, [lease])));
    expect(claims.flat()).toHaveLength(1);
    expect(await chunkOf(lease)).toMatchObject({ status: 'RUNNING', attempt: 1, worker_id: workers[claims.findIndex(({ length }) => length === 1)] });
  });

  it('claims nothing with a stale lease, an unknown chunk or a passed deadline', async () => {
    const lease = await leaseOf();
    const late = { jobId: await bench.submit(deployed.fullName, 1, { deadlineMs: 1 }), chunk: 0, lease: 1 };
    await bench.database.query({ text: `update job set deadline_at = now() - interval '1 ms' where id = $1`, values: [late.jobId] });
    expect(await bench.ledger.claim(worker, [{ ...lease, lease: 2 }, { ...lease, chunk: 7 }, { ...lease, jobId: newId() }, late])).toEqual([]);
    expect([await chunkOf(lease), await chunkOf(late)]).toMatchObject([{ status: 'QUEUED', attempt: 0 }, { status: 'QUEUED', attempt: 0 }]);
  });

  it('reads what it would claim and moves nothing', async () => {
    const lease = await leaseOf();
    const late = { jobId: await bench.submit(deployed.fullName, 1, { deadlineMs: 1 }), chunk: 0, lease: 1 };
    await bench.database.query({ text: `update job set deadline_at = now() - interval '1 ms' where id = $1`, values: [late.jobId] });
    const [read, ...others] = await bench.ledger.peek([lease, { ...lease, lease: 2 }, { ...lease, jobId: newId() }, late]);
    expect(others).toEqual([]);
    expect(await chunkOf(lease)).toMatchObject({ status: 'QUEUED', attempt: 0 });
    expect(await bench.ledger.claim(worker, [lease])).toEqual([{ ...read, queuedMs: expect.any(Number) }]);
    expect(await bench.ledger.peek([lease])).toEqual([]);
  });

  it('finishes what was only read as if it had been claimed: one attempt, the same history', async () => {
    const id = await bench.submit(deployed.fullName, 2);
    const leases = [0, 1].map((chunk) => ({ jobId: id, chunk, lease: 1 }));
    expect(await bench.ledger.finish(worker, [makeFinished(leases[0]!, 1)])).toEqual([]);
    expect(await jobOf(id)).toMatchObject({ status: 'RUNNING', seq: 3, finishedCount: 1 });
    expect(await bench.ledger.finish(worker, [makeFinished(leases[1]!, 1, [0])])).toEqual([]);
    expect(await kindsOf(id)).toEqual(['QUEUED', 'STARTED', 'ITEMS_FINISHED', 'FAILED']);
    expect(await chunkOf(leases[0]!)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    const [times] = await bench.database.query<{ held: boolean; orders: boolean }>({
      text: `select extract(epoch from c.finished_at - c.started_at) * 1000 between 5 and 7 as held, j.started_at <= j.finished_at as orders
             from job j join job_chunk c on c.job_id = j.id where j.id = $1 and c.chunk = 0`, values: [id],
    });
    expect(times).toEqual({ held: true, orders: true });
  });

  it('writes no result of what was read and then canceled, claimed or given back', async () => {
    const [canceled, claimed, given] = [await leaseOf(), await leaseOf(), await leaseOf()];
    await bench.services.jobs.cancel(SCOPE, canceled.jobId);
    await bench.ledger.claim(await bench.addWorker(), [claimed]);
    await bench.ledger.giveBack(worker, [given], lost);
    const all = [canceled, claimed, given];
    expect(await bench.ledger.finish(worker, all.map((lease) => makeFinished(lease, 1)))).toEqual(all);
    expect(await kindsOf(given.jobId)).toEqual(['QUEUED']);
  });

  it('writes no result of a lease that was taken away, and names it', async () => {
    const lease = await leaseOf();
    const other = await bench.addWorker();
    await bench.ledger.claim(worker, [lease]);
    expect(await bench.ledger.finish(other, [makeFinished(lease, 1)])).toEqual([lease]);
    await bench.ledger.giveBack(worker, [lease], lost);
    await bench.ledger.claim(other, [{ ...lease, lease: 2 }]);
    expect(await bench.ledger.revoked(worker, [lease])).toEqual([lease]);
    expect(await bench.ledger.revoked(other, [{ ...lease, lease: 2 }])).toEqual([]);
    expect(await bench.ledger.finish(worker, [makeFinished(lease, 1)])).toEqual([lease]);
    expect(await jobOf(lease.jobId)).toMatchObject({ status: 'RUNNING', finishedCount: 0 });
    expect(await bench.ledger.finish(other, [makeFinished({ ...lease, lease: 2 }, 1)])).toEqual([]);
    expect(await kindsOf(lease.jobId)).toEqual(['QUEUED', 'STARTED', 'REQUEUED', 'SUCCEEDED']);
  });

  it.each(['claim', 'finish'] as const)('loses no chunk to a %s that meets rows which were changed since it began', async (verb) => {
    const id = await bench.submit(deployed.fullName, 3);
    const leases = [0, 1, 2].map((chunk) => ({ jobId: id, chunk, lease: 1 }));
    const moved = await bench.database.transaction(async (manager) => {
      await manager.query('update job_chunk set enqueued_at = now() where job_id = $1', [id]);
      const call = verb === 'claim' ? bench.ledger.claim(worker, leases) : bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, 1)));
      // Not through the transaction, which would see the activity of its first look for ever.
      await eventually(async () => expect(await bench.database.query({ text: `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`, values: [] })).toHaveLength(1));
      return { call };
    });
    expect(await moved.call).toHaveLength(verb === 'claim' ? 3 : 0);
    expect(await Promise.all(leases.map(chunkOf))).toMatchObject(leases.map(() => ({ status: verb === 'claim' ? 'RUNNING' : 'SUCCEEDED' })));
  });

  it('counts a result once, even when it is written twice', async () => {
    const lease = await leaseOf();
    await bench.ledger.claim(worker, [lease]);
    const outcomes = await Promise.all([bench.ledger.finish(worker, [makeFinished(lease, 1)]), bench.ledger.finish(worker, [makeFinished(lease, 1)])]);
    expect((await jobOf(lease.jobId))).toMatchObject({ status: 'SUCCEEDED', finishedCount: 1, seq: 3 });
    expect(await bench.ledger.finish(worker, [makeFinished(lease, 1)])).toEqual([lease]);
    expect(outcomes.flat().length).toBeLessThanOrEqual(1);
  });

  it('enqueues what is given back under a new lease', async () => {
    const fresh = await bench.deploy();
    const entries = await bench.collect(fresh.revisionId);
    const lease = { jobId: await bench.submit(fresh.fullName), chunk: 0, lease: 1 };
    await bench.ledger.claim(worker, [lease]);
    await bench.ledger.giveBack(worker, [lease], lost);
    await eventually(() => expect(entries).toContainEqual({ ...lease, lease: 2 }));
    expect(await chunkOf(lease)).toMatchObject({ status: 'QUEUED', lease: 2, worker_id: null });
  });

  it('gives a chunk back that was never claimed without counting it, and leaves no event', async () => {
    const lease = await leaseOf();
    for (let round = 1; round <= 40; round += 1) await bench.ledger.giveBack(worker, [{ ...lease, lease: round }], crashed);
    expect(await chunkOf(lease)).toMatchObject({ status: 'QUEUED', lease: 41, attempt: 0 });
    expect(await kindsOf(lease.jobId)).toEqual(['QUEUED']);
  });

  it.each([[crashed, 3], [lost, 10]] as const)('fails a chunk after %j came %i times', async (reason, allowed) => {
    const lease = await leaseOf();
    for (let round = 1; round <= allowed; round += 1) {
      expect(await bench.ledger.claim(worker, [{ ...lease, lease: round }])).toHaveLength(1);
      await bench.ledger.giveBack(worker, [{ ...lease, lease: round }], reason);
    }
    expect(await jobOf(lease.jobId)).toMatchObject({ status: 'FAILED', finishedCount: 1, error: reason, items: { edges: [{ node: { status: 'FAILED', error: { code: reason.code } } }] } });
    expect((await kindsOf(lease.jobId)).filter((kind) => kind === 'REQUEUED')).toHaveLength(allowed - 1);
    expect((await kindsOf(lease.jobId)).at(-1)).toBe('FAILED');
  });

  it('ends a canceled job at once: waiting chunks leave, running ones lose their lease', async () => {
    const id = await bench.submit(deployed.fullName, 2);
    const leases = [0, 1].map((chunk) => ({ jobId: id, chunk, lease: 1 }));
    await bench.ledger.claim(worker, leases.slice(0, 1));
    const canceled = new Promise<string>((resolve) => { void bench.services.bus.subscribe('chunk-cancel', id, resolve).then(() => bench.services.jobs.cancel(SCOPE, id)); });
    expect(await canceled).toBe(id);
    expect(await jobOf(id)).toMatchObject({ status: 'CANCELED', error: { code: 'JOB_CANCELED' }, seq: 3 });
    expect(await bench.ledger.revoked(worker, leases.slice(0, 1))).toEqual(leases.slice(0, 1));
    expect(await bench.ledger.finish(worker, [makeFinished(leases[0]!, 1)])).toEqual(leases.slice(0, 1));
    expect(await bench.ledger.claim(worker, leases)).toEqual([]);
    await expect(bench.services.jobs.cancel(SCOPE, id)).rejects.toMatchObject({ code: 'JOB_FINAL' });
    const audit = await bench.database.query({ text: `select action from audit_event where subject_id = $1 and action = 'cancelJob'`, values: [id] });
    expect(audit).toHaveLength(1);
  });

  it('retries what did not succeed, as the next attempt of the same job', async () => {
    const id = await bench.submit(deployed.fullName, 3);
    const leases = [0, 1, 2].map((chunk) => ({ jobId: id, chunk, lease: 1 }));
    await expect(bench.services.jobs.retry(SCOPE, id)).rejects.toMatchObject({ code: 'JOB_NOT_RETRYABLE' });
    await bench.ledger.claim(worker, leases);
    await bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, 1, lease.chunk === 1 ? [0] : [])));
    expect(await jobOf(id)).toMatchObject({ status: 'FAILED', finishedCount: 3 });
    expect((await bench.services.jobs.retry(SCOPE, id)).row).toMatchObject({ status: 'QUEUED', attempt: 2, finishedCount: 2, failedCount: 0, errorCode: null });
    const again = { jobId: id, chunk: 1, lease: 2 };
    expect((await bench.ledger.claim(worker, [...leases, again])).map(({ chunk }) => chunk)).toEqual([1]);
    await bench.ledger.finish(worker, [makeFinished(again, 1)]);
    expect(await jobOf(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, finishedCount: 3, error: null });
    await expect(bench.services.jobs.retry(SCOPE, id)).rejects.toMatchObject({ code: 'JOB_NOT_RETRYABLE' });
    const audit = await bench.database.query({ text: `select action from audit_event where subject_id = $1 order by id`, values: [id] });
    expect(audit).toEqual([{ action: 'submitInference' }, { action: 'retryJob' }]);
  });

  it('retries on the revision that is live now when it takes the same inputs', async () => {
    const target = await bench.deploy();
    const id = await bench.submit(target.fullName);
    await bench.services.jobs.cancel(SCOPE, id);
    const revision = newId();
    await bench.database.query({ text: `insert into revision select $2::uuid, deployment_id, namespace, 2, model_version_id, model_alias, artifact_digest, artifact_size_bytes, signature, memory_bytes, intra_op_threads, max_batch_size, max_batch_delay_ms, timeout_ms, created_by, created_at from revision where id = $1`, values: [target.revisionId, revision] });
    await bench.database.query({ text: 'update release set revision_id = $2 where revision_id = $1', values: [target.revisionId, revision] });
    bench.services.bus.publish('deployment', target.deploymentId);
    await eventually(async () => expect((await bench.services.deployments.servingTarget(target.deploymentId))?.revision?.id).toBe(revision));
    expect((await bench.services.jobs.retry(SCOPE, id)).row.revisionId).toBe(revision);
    expect(await bench.ledger.claim(worker, [{ jobId: id, chunk: 0, lease: 2 }])).toMatchObject([{ revisionId: revision }]);
  });

  it('takes one statement for any number of leases', async () => {
    const id = await bench.submit(deployed.fullName, 60);
    const leases = Array.from({ length: 60 }, (_, chunk) => ({ jobId: id, chunk, lease: 1 }));
    const statements = await statementsOf(async () => {
      expect(await bench.ledger.claim(worker, leases)).toHaveLength(60);
      expect(await bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, 1)))).toEqual([]);
    });
    // The stamps of what was enqueued come when they come.
    expect(statements.filter((text) => /update job_chunk c\n/.test(text))).toHaveLength(2);
  });
});
