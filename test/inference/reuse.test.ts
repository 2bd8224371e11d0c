import { KIND } from '../../platform/direct/message';
import { newId } from '../../platform/uuid';
import type { Lease } from '../../subgraphs/inference/worker.contract';
import { ask } from '../support/ask';
import { eventually } from '../support/eventually';
import { makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';
import { ANSWER, scriptWorker, TIMING, type ScriptedCall, type ScriptedWorker } from '../support/scripted-worker';

let bench: InferenceBench;
let worker: string;

beforeAll(async () => {
  bench = await openInference();
  worker = await bench.addWorker();
});
afterAll(() => bench.close());

const query = <Row extends object>(text: string, ...values: unknown[]): Promise<Row[]> => bench.database.query<Row>({ text, values });

async function deploy({ ttlMs = 60_000 as number | null, maxBytes = 1_000_000, maxQueue = null as number | null, namespace = 'default' } = {}): Promise<Deployed> {
  const deployed = await bench.deploy({ namespace });
  const since = ttlMs === null ? null : new Date();
  await query('update deployment set reuse_ttl_ms = $2, reuse_max_bytes = $3, reuse_since = $4, max_queue = $5 where id = $1', deployed.deploymentId, ttlMs, ttlMs && maxBytes, since, maxQueue);
  return deployed;
}

const leasesOf = (id: string): Promise<Lease[]> => query<Lease>('select job_id as "jobId", chunk, lease from job_chunk where job_id = $1 order by chunk', id);
const statusOf = async (id: string): Promise<string> => (await query<{ status: string }>('select status from job where id = $1', id))[0]!.status;
const enqueued = async (id: string): Promise<number> => (await query('select from job_chunk where job_id = $1 and enqueued_at is not null', id)).length;
const kept = ({ deploymentId }: Deployed): Promise<{ sizeBytes: string }[]> => query('select size_bytes as "sizeBytes" from inference_result where deployment_id = $1', deploymentId);

/** As a worker does it. */
async function compute(id: string, { itemCount = 1, failing = [] as number[] } = {}): Promise<void> {
  for (const lease of await leasesOf(id)) {
    await bench.ledger.claim(worker, [lease]);
    await bench.ledger.finish(worker, [makeFinished(lease, itemCount, failing)]);
  }
}

interface ToldJob {
  status: string;
  savedMs: number;
  timing: { computeMs: number | null };
  items: { edges: { node: { servedFrom: string | null; outputs: { json: number[] }[] | null } }[] };
}

async function told(id: string): Promise<ToldJob> {
  const answer = await ask(bench.subgraph, '{ job(id: "ID") { status savedMs timing { computeMs } items(first: 100) { edges { node { servedFrom outputs { json } } } } } }'.replace('ID', id));
  return answer.data.job;
}

const servedFrom = async (id: string): Promise<(string | null)[]> => (await told(id)).items.edges.map(({ node }) => node.servedFrom);
const eventsOf = async (id: string): Promise<string[]> => (await query<{ kind: string }>('select kind from job_event where job_id = $1 order by seq', id)).map(({ kind }) => kind);

describe('a job of a deployment that uses results again', () => {
  it('is finished at once with the result of an equal one: a row with its events and outputs, at no cost', async () => {
    const deployed = await deploy();
    const first = await bench.submit(deployed.fullName);
    await compute(first);
    const second = await bench.submit(deployed.fullName);
    expect(await told(second)).toMatchObject({ status: 'SUCCEEDED', savedMs: 4, timing: { computeMs: 0 }, items: { edges: [{ node: { servedFrom: 'CACHE', outputs: [{ json: [1, 2] }] } }] } });
    expect(await eventsOf(second)).toEqual(['QUEUED', 'STARTED', 'SUCCEEDED']);
    expect(await told(first)).toMatchObject({ savedMs: 0, items: { edges: [{ node: { servedFrom: 'COMPUTED' } }] } });
    expect(await bench.services.loads.of(deployed.deploymentId)).toMatchObject({ waiting: 0, unfinished: 0 });
  });

  it('is computed where the deployment does not use results again, as by default', async () => {
    const deployed = await deploy({ ttlMs: null });
    await compute(await bench.submit(deployed.fullName));
    expect(await statusOf(await bench.submit(deployed.fullName))).toBe('QUEUED');
    expect(await kept(deployed)).toEqual([]);
  });

  it('is computed for other inputs, other outputs asked, another revision, another namespace', async () => {
    const [deployed, elsewhere] = [await deploy(), await deploy({ namespace: 'other' })];
    await compute(await bench.submit(deployed.fullName));
    const other = { items: [{ inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [1, 2], json: [0, 1.0000001] }] }] };
    const ids = await Promise.all([bench.submit(deployed.fullName, 1, other), bench.submit(deployed.fullName, 1, { outputs: ['y'] }), bench.submit(elsewhere.fullName)]);
    for (const id of ids) expect(await statusOf(id)).toBe('QUEUED');
    const revisionId = newId();
    await query('insert into revision select (jsonb_populate_record(r, jsonb_build_object(\'id\', $2::text, \'number\', 2))).* from revision r where id = $1', deployed.revisionId, revisionId);
    await query('update release set revision_id = $2 where deployment_id = $1', deployed.deploymentId, revisionId);
    bench.services.bus.publish('deployment', deployed.deploymentId);
    await eventually(async () => expect((await bench.services.deployments.servingTarget(deployed.fullName))!.revision!.id).toBe(revisionId));
    expect(await statusOf(await bench.submit(deployed.fullName))).toBe('QUEUED');
  });

  it('is computed once the time is over, and once someone has set the reuse anew', async () => {
    const deployed = await deploy();
    await compute(await bench.submit(deployed.fullName));
    await query(`update inference_result set expires_at = now() where deployment_id = $1`, deployed.deploymentId);
    const late = await bench.submit(deployed.fullName);
    expect(await statusOf(late)).toBe('QUEUED');
    await compute(late);
    expect(await statusOf(await bench.submit(deployed.fullName))).toBe('SUCCEEDED');
    await query(`update deployment set reuse_since = now() + interval '1 s' where id = $1`, deployed.deploymentId);
    bench.services.bus.publish('deployment', deployed.deploymentId);
    await eventually(async () => expect(await statusOf(await bench.submit(deployed.fullName))).toBe('QUEUED'));
  });

  it('keeps nothing of items that failed, nor of a lease that was lost', async () => {
    const deployed = await deploy();
    const failed = await bench.submit(deployed.fullName);
    await compute(failed, { failing: [0] });
    const canceled = await bench.submit(deployed.fullName, 2);
    const leases = await leasesOf(canceled);
    await bench.ledger.claim(worker, leases);
    await bench.services.jobs.cancel(SCOPE, canceled);
    await bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, 1)));
    expect(await kept(deployed)).toEqual([]);
    expect(await statusOf(await bench.submit(deployed.fullName))).toBe('QUEUED');
  });

  it('computes only the items that are new', async () => {
    const deployed = await deploy();
    await compute(await bench.submit(deployed.fullName, 3));
    const more = await bench.submit(deployed.fullName, 5);
    const open = await query<Lease>(`select job_id as "jobId", chunk, lease from job_chunk where job_id = $1 and status = 'QUEUED'`, more);
    expect(open.map(({ chunk }) => chunk)).toEqual([3, 4]);
    await bench.ledger.finish(worker, open.map((lease) => makeFinished(lease, 1)));
    expect(await servedFrom(more)).toEqual(['CACHE', 'CACHE', 'CACHE', 'COMPUTED', 'COMPUTED']);
    expect(await told(more)).toMatchObject({ status: 'SUCCEEDED', savedMs: 12 });
  });

  it('needs no room in a full queue when nothing of it has to run', async () => {
    const deployed = await deploy({ maxQueue: 1 });
    await compute(await bench.submit(deployed.fullName));
    await bench.submit(deployed.fullName, 1, { items: [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: [8, 8] }] }] });
    await expect(bench.submit(deployed.fullName, 1, { items: [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: [9, 9] }] }] })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(await statusOf(await bench.submit(deployed.fullName))).toBe('SUCCEEDED');
  });

  it('keeps at most the bytes that it may', async () => {
    const deployed = await deploy({ maxBytes: 1_000 });
    await compute(await bench.submit(deployed.fullName, 40));
    const sizes = (await kept(deployed)).map(({ sizeBytes }) => Number(sizeBytes));
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1_000 * (1 + 1 / 16));
  });
});

describe('equal jobs at the same time', () => {
  it('are computed once: the others wait for the first, and take its result', async () => {
    const deployed = await deploy();
    const first = await bench.submit(deployed.fullName);
    const others = await Promise.all([bench.submit(deployed.fullName), bench.submit(deployed.fullName)]);
    const entries = await bench.collect(deployed.revisionId);
    await compute(first);
    for (const id of others) await eventually(async () => expect(await servedFrom(id)).toEqual(['COALESCED']));
    expect(new Set(entries.map(({ jobId }) => jobId))).toEqual(new Set([first]));
  });

  it.each(['canceled', 'failed'])('are computed by the next one when the first is %s', async (end) => {
    const deployed = await deploy();
    const first = await bench.submit(deployed.fullName);
    const others = await Promise.all([bench.submit(deployed.fullName), bench.submit(deployed.fullName)]);
    const entries = await bench.collect(deployed.revisionId);
    if (end === 'canceled') await bench.services.jobs.cancel(SCOPE, first);
    else await compute(first, { failing: [0] });
    await eventually(() => expect(entries.filter(({ jobId }) => others.includes(jobId))).toHaveLength(1));
    const next = entries.find(({ jobId }) => others.includes(jobId))!.jobId;
    await compute(next);
    const last = others.find((id) => id !== next)!;
    await eventually(async () => expect(await servedFrom(last)).toEqual(['COALESCED']));
    expect(await servedFrom(next)).toEqual(['COMPUTED']);
  });

  it('never wait for one that is served later', async () => {
    const deployed = await deploy();
    const entries = await bench.collect(deployed.revisionId);
    const later = await bench.submit(deployed.fullName, 1, { priority: 9 });
    const first = await bench.submit(deployed.fullName);
    await eventually(() => expect(new Set(entries.map(({ jobId }) => jobId))).toEqual(new Set([later, first])));
  });

  it('are enqueued by the sweeper should the process that lets them wait end', async () => {
    const deployed = await deploy();
    await bench.submit(deployed.fullName);
    const waiting = await bench.submit(deployed.fullName);
    await eventually(async () => expect(await enqueued(waiting)).toBe(1));
    await query(`update job_chunk set enqueued_at = now() - interval '31 s' where job_id = $1`, waiting);
    const entries = await bench.collect(deployed.revisionId);
    await bench.services.sweeper.sweep({ isResendDue: true });
    await eventually(() => expect(entries.map(({ jobId }) => jobId)).toContain(waiting));
  });
});

describe('direct calls of a deployment that uses results again', () => {
  const workers: ScriptedWorker[] = [];
  afterEach(async () => { await Promise.all(workers.splice(0).map((each) => each.close())); });

  async function serve(deployed: Deployed, script: (call: ScriptedCall) => void): Promise<ScriptedWorker> {
    const scripted = await scriptWorker('w', script);
    workers.push(scripted);
    await query('update worker set direct_address = $2 where id = $1', worker, scripted.address);
    await query(`insert into replica (id, deployment_id, revision_id, worker_id, device, state, memory_bytes) values ($1, $2, $3, $4, 'cpu', 'READY', 1)`, newId(), deployed.deploymentId, deployed.revisionId, worker);
    return scripted;
  }

  function call(deployed: Deployed, { values = [0, 1], signal }: { values?: number[]; signal?: AbortSignal } = {}) {
    const input = { deployment: deployed.fullName, inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [1, 2], json: values }] };
    return bench.services.infers.infer({ ...SCOPE, signal }, input as never).then(({ servedFrom: from, savedMs }) => [from, savedMs], ({ code }: { code: string }) => code);
  }

  const answer = ({ say }: ScriptedCall): void => { say(KIND.STARTED); say(KIND.DONE, TIMING, ANSWER); };

  it('are answered with what is kept, and so are jobs, and calls by jobs', async () => {
    const deployed = await deploy();
    const scripted = await serve(deployed, answer);
    expect(await call(deployed)).toEqual(['COMPUTED', 0]);
    await eventually(async () => expect(await call(deployed)).toEqual(['CACHE', 1]));
    expect(await servedFrom(await bench.submit(deployed.fullName))).toEqual(['CACHE']);
    await compute(await bench.submit(deployed.fullName, 1, { items: [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: [5, 5] }] }] }));
    expect(await call(deployed, { values: [5, 5] })).toEqual(['CACHE', 4]);
    expect(scripted.calls).toBe(1);
  });

  it('wait for an equal one, and one of them runs when that is canceled', async () => {
    const deployed = await deploy();
    const open: ScriptedCall[] = [];
    const scripted = await serve(deployed, (each) => { open.push(each); });
    const client = new AbortController();
    const first = call(deployed, { signal: client.signal });
    await eventually(() => expect(open).toHaveLength(1));
    const others = Promise.all([call(deployed), call(deployed)]);
    client.abort();
    expect(await first).toBe('JOB_CANCELED');
    await eventually(() => expect(open).toHaveLength(2));
    answer(open[1]!);
    expect((await others).map(([from]) => from).sort()).toEqual(['COALESCED', 'COMPUTED']);
    expect(scripted.calls).toBe(2);
  });

  it('keep nothing of a call that failed', async () => {
    const deployed = await deploy();
    const scripted = await serve(deployed, ({ say }) => { say(KIND.STARTED); say(KIND.FAILED, { code: 'INFERENCE_FAILED', message: 'no' }); });
    expect([await call(deployed), await call(deployed)]).toEqual(['INFERENCE_FAILED', 'INFERENCE_FAILED']);
    expect(scripted.calls).toBe(2);
  });

  it('run each for itself by default', async () => {
    const deployed = await deploy({ ttlMs: null });
    const scripted = await serve(deployed, answer);
    expect([await call(deployed), await call(deployed)]).toEqual([['COMPUTED', 0], ['COMPUTED', 0]]);
    expect(scripted.calls).toBe(2);
  });
});
