import { newId } from '../../platform/uuid';
import { ask, makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

let bench: InferenceBench;
let worker: string;
beforeAll(async () => {
  bench = await openInference();
  worker = await bench.addWorker();
});
afterAll(() => bench.close());

async function addReplica({ deploymentId, revisionId }: Deployed, itemMs: number | null): Promise<void> {
  await bench.database.query({
    text: `insert into replica (id, deployment_id, revision_id, worker_id, device, state, memory_bytes, item_ms) values ($1, $2, $3, $4, 'cpu', 'READY', 1, $5)`,
    values: [newId(), deploymentId, revisionId, worker, itemMs],
  });
  bench.services.bus.publish('deployment', deploymentId);
}

async function estimate(input: string, caller = SCOPE.caller) {
  const { data, codes } = await ask(bench.subgraph, `{ estimateInference(input: ${input}) { computeMs waitMs duration { p50Ms p95Ms } basis readyReplicas refusal } }`, { caller });
  return { codes, estimate: data?.estimateInference };
}

async function etaOf(id: string): Promise<{ p50: string; p95: string } | null> {
  return (await ask(bench.subgraph, `{ job(id: "${id}") { eta { p50 p95 } } }`)).data.job.eta;
}

/** Of the moment at which it was told, which lies between asking and hearing. */
async function expectDoneIn(ms: number, id: string): Promise<void> {
  const askedAt = Date.now();
  const { p50, p95 } = (await etaOf(id))!;
  const [half, most] = [new Date(p50).getTime(), new Date(p95).getTime()];
  expect(half).toBeGreaterThanOrEqual(askedAt + ms);
  expect(half).toBeLessThanOrEqual(Date.now() + ms);
  expect(most).toBeGreaterThan(half);
}

describe('estimateInference', () => {
  it('tells nothing of what nobody knows', async () => {
    const { fullName } = await bench.deploy();
    expect((await estimate(`{ deployment: "${fullName}" }`)).estimate).toEqual({ computeMs: null, waitMs: null, duration: null, basis: null, readyReplicas: 0, refusal: null });
    const { fullName: pending } = await bench.deploy({ isLive: false });
    expect((await estimate(`{ deployment: "${pending}" }`)).estimate).toMatchObject({ refusal: 'DEPLOYMENT_NOT_READY' });
  });

  it('goes by what was measured at load before anything ran, then by what items take, and accepts nothing', async () => {
    const deployed = await bench.deploy();
    await bench.database.query({
      text: `insert into batch_profile (revision_id, worker_name, host, device, "table", chosen_max_batch, reason) values ($1, 'w', 'h', 'cpu', $2, 4, 'pays')`,
      values: [deployed.revisionId, JSON.stringify([{ batchSize: 1, msPerBatch: 30 }, { batchSize: 4, msPerBatch: 40 }])],
    });
    await addReplica(deployed, null);
    await eventually(async () => expect((await estimate(`{ deployment: "${deployed.fullName}", itemCount: 20 }`)).estimate).toMatchObject({
      basis: 'MEASURED', computeMs: 200, waitMs: 0, readyReplicas: 1, duration: { p50Ms: 200 },
    }));
    for (let count = 0; count < 20; count += 1) {
      const ms = count % 2 ? 20 : 80;
      const timing = { queuedMs: 0, batchWaitMs: 0, computeMs: ms, ownComputeMs: ms, batchSize: 1 };
      bench.services.meter.finished({ deploymentId: deployed.deploymentId, lane: 'direct', items: 1, errors: [], latencyMs: ms, timing });
    }
    await bench.services.meter.flush();
    const { estimate: observed } = await estimate(`{ deployment: "${deployed.fullName}", itemCount: 20 }`);
    expect(observed).toMatchObject({ basis: 'OBSERVED', computeMs: 1_000 });
    expect(observed.duration.p95Ms).toBeGreaterThan(observed.duration.p50Ms);
    expect(await bench.database.query({ text: 'select id from job where deployment_id = $1', values: [deployed.deploymentId] })).toEqual([]);
  });

  it('weighs what waits by priority, and tells the refusal that a submit would meet', async () => {
    const deployed = await bench.deploy();
    await addReplica(deployed, 100);
    await bench.submit(deployed.fullName, 50, { priority: 5 });
    await bench.database.query({ text: 'update deployment set max_queue = 60 where id = $1', values: [deployed.deploymentId] });
    bench.services.bus.publish('deployment', deployed.deploymentId);
    const of = (rest: string) => estimate(`{ deployment: "${deployed.fullName}", ${rest} }`).then(({ estimate: told }) => told);
    await eventually(async () => expect(await of('priority: 5')).toMatchObject({ waitMs: 5_000, computeMs: 100, refusal: null }));
    expect(await of('priority: 0')).toMatchObject({ waitMs: 0, refusal: null });
    await eventually(async () => expect(await of('itemCount: 11')).toMatchObject({ refusal: 'QUEUE_FULL' }));
    expect(await of('priority: 5, deadlineMs: 5000')).toMatchObject({ refusal: 'DEADLINE_UNREACHABLE' });
    await expect(bench.submit(deployed.fullName, 1, { priority: 5, deadlineMs: 5_000 })).rejects.toMatchObject({ code: 'DEADLINE_UNREACHABLE' });
  });

  it.each(['itemCount: 0', 'itemCount: 10001', 'itemCount: -5', 'priority: -1', 'priority: 1001', 'deadlineMs: 0', 'deadlineMs: 604800001'])('refuses what no submit may ask: %s', async (rest) => {
    const { fullName } = await bench.deploy();
    expect((await estimate(`{ deployment: "${fullName}", ${rest} }`)).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('refuses strangers and viewers', async () => {
    const { fullName } = await bench.deploy();
    expect((await estimate(`{ deployment: "${fullName}" }`, makeCaller({ other: 'ADMIN' }))).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
    expect((await estimate('{ deployment: "default/none" }')).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
    expect((await estimate(`{ deployment: "${fullName}" }`, makeCaller({ default: 'VIEWER' }))).codes).toEqual(['FORBIDDEN']);
  });
});

describe('Job.eta', () => {
  it('follows the place in the queue, the job\'s own items among it, and is gone with the job', async () => {
    const deployed = await bench.deploy();
    await addReplica(deployed, 1_000);
    const first = await bench.submit(deployed.fullName, 10);
    const second = await bench.submit(deployed.fullName, 10);
    const urgentLater = await bench.submit(deployed.fullName, 10, { priority: 0 });
    const patient = await bench.submit(deployed.fullName, 5, { priority: 9 });
    await eventually(async () => expect(await etaOf(first)).not.toBeNull());
    await expectDoneIn(10_000, first);
    await expectDoneIn(20_000, second);
    await expectDoneIn(30_000, urgentLater);
    await expectDoneIn(35_000, patient);
    await bench.services.jobs.cancel(SCOPE, first);
    expect(await etaOf(first)).toBeNull();
    await expectDoneIn(10_000, second);
  });

  it('counts nothing ahead of a job that has begun, and is null where nothing is known', async () => {
    const deployed = await bench.deploy();
    await addReplica(deployed, 1_000);
    const [before, begun] = [await bench.submit(deployed.fullName, 20), await bench.submit(deployed.fullName, 4)];
    await bench.ledger.claim(worker, [{ jobId: begun, chunk: 0, lease: 1 }]);
    await eventually(async () => expect(await etaOf(before)).not.toBeNull());
    await expectDoneIn(4_000, begun);
    const unknown = await bench.deploy();
    expect(await etaOf(await bench.submit(unknown.fullName))).toBeNull();
  });

  it('takes all that waits to be ahead behind more than is counted', async () => {
    const deployed = await bench.deploy();
    await addReplica(deployed, 10);
    for (let count = 0; count < 64; count += 1) await bench.submit(deployed.fullName, 64);
    const last = await bench.submit(deployed.fullName, 1);
    await eventually(async () => expect(await etaOf(last)).not.toBeNull());
    await eventually(() => expectDoneIn((64 * 64 + 1) * 10, last));
  });
});
