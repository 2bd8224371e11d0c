import type { Caller } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { newId } from '../../platform/uuid';
import { LoadStore } from '../../subgraphs/inference/load/load.store';
import type { Lease } from '../../subgraphs/inference/worker.contract';
import { ask, makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { makeFinished, openInference, type Deployed, type InferenceBench } from '../support/inference';

const BURST = 10_000;

interface Limits { maxQueue?: number | null; maxInFlight?: number | null; deadlineMs?: number | null }

describe('the limits of a deployment', () => {
  let bench: InferenceBench;
  let worker: string;
  let loads: LoadStore;

  beforeAll(async () => {
    bench = await openInference();
    worker = await bench.addWorker();
    loads = new LoadStore(bench.database);
  });
  afterAll(() => bench.close());

  async function deploy({ maxQueue = null, maxInFlight = null, deadlineMs = null }: Limits): Promise<Deployed> {
    const deployed = await bench.deploy();
    await bench.database.query({
      text: 'update deployment set max_queue = $2, max_in_flight = $3, deadline_ms = $4 where id = $1', values: [deployed.deploymentId, maxQueue, maxInFlight, deadlineMs],
    });
    return deployed;
  }

  /** A ready replica that has told its pace. */
  async function addReplica({ deploymentId, revisionId }: Deployed, itemMs: number): Promise<void> {
    await bench.database.query({
      text: `insert into replica (id, deployment_id, revision_id, worker_id, device, state, memory_bytes, item_ms) values ($1, $2, $3, $4, 'cpu', 'READY', 1, $5)`,
      values: [newId(), deploymentId, revisionId, worker, itemMs],
    });
  }

  const loadOf = async ({ deploymentId }: Deployed) => (await loads.byDeployment([deploymentId]))[0]!;
  const refusalOf = (submit: Promise<unknown>): Promise<PlatformError> => submit.then(() => { throw new Error('It was accepted.'); }, (error: PlatformError) => error);
  const leasesOf = (id: string): Promise<Lease[]> => bench.database.query<Lease>({ text: `select job_id as "jobId", chunk, lease from job_chunk where job_id = $1 order by chunk`, values: [id] });

  it('lets in exactly maxQueue of 10,000 submits that come at once, and says to each other one when to come again', async () => {
    const deployed = await deploy({ maxQueue: 137 });
    const answers = await Promise.allSettled(Array.from({ length: BURST }, () => bench.submit(deployed.fullName)));
    const accepted = answers.filter(({ status }) => status === 'fulfilled');
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as PlatformError] : []));
    expect([accepted.length, refused.length]).toEqual([137, BURST - 137]);
    expect(new Set(refused.map(({ code, details }) => `${code} ${String(details['limit'])} ${typeof details['retryAfterMs']}`))).toEqual(new Set(['QUEUE_FULL maxQueue number']));
    expect(await loadOf(deployed)).toMatchObject({ waiting: 137, waitingFirst: 137, unfinished: 137 });
    const [{ n }] = await bench.database.query<{ n: number }>({ text: 'select count(*)::int as n from job where deployment_id = $1', values: [deployed.deploymentId] }) as [{ n: number }];
    expect(n).toBe(137);
  }, 120_000);

  it('counts items: jobs of many fill it as far as whole jobs fit', async () => {
    const deployed = await deploy({ maxQueue: 10 });
    await bench.submit(deployed.fullName, 4);
    expect((await refusalOf(bench.submit(deployed.fullName, 7))).details).toMatchObject({ waiting: 4, maxQueue: 10 });
    const answers = await Promise.allSettled([7, 3, 2].map((count) => bench.submit(deployed.fullName, count)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(await loadOf(deployed)).toMatchObject({ waiting: 9 });
  });

  it('refuses for good what would not fit an empty queue', async () => {
    const deployed = await deploy({ maxQueue: 2 });
    expect((await refusalOf(bench.submit(deployed.fullName, 3))).code).toBe('BAD_USER_INPUT');
  });

  it('has room again in the queue once a worker has begun, and in flight once it has finished', async () => {
    const deployed = await deploy({ maxQueue: 1, maxInFlight: 2 });
    const first = await bench.submit(deployed.fullName);
    expect((await refusalOf(bench.submit(deployed.fullName))).details).toMatchObject({ limit: 'maxQueue' });
    const leases = await leasesOf(first);
    await bench.ledger.claim(worker, leases);
    await bench.submit(deployed.fullName);
    expect(await loadOf(deployed)).toMatchObject({ waiting: 1, unfinished: 2 });
    await bench.ledger.finish(worker, [makeFinished(leases[0]!, 1)]);
    expect(await loadOf(deployed)).toMatchObject({ waiting: 1, unfinished: 1 });
    expect((await refusalOf(bench.submit(deployed.fullName))).details).toMatchObject({ limit: 'maxQueue' });
  });

  it('refuses by maxInFlight while work runs', async () => {
    const deployed = await deploy({ maxInFlight: 1 });
    const leases = await leasesOf(await bench.submit(deployed.fullName));
    await bench.ledger.claim(worker, leases);
    const refusal = await refusalOf(bench.submit(deployed.fullName));
    expect([refusal.code, refusal.details['limit']]).toEqual(['QUEUE_FULL', 'maxInFlight']);
    await bench.ledger.finish(worker, [makeFinished(leases[0]!, 1)]);
    await bench.submit(deployed.fullName);
  });

  it('answers a repeated key with its job, full or not', async () => {
    const deployed = await deploy({ maxQueue: 1 });
    const id = await bench.submit(deployed.fullName, 1, { idempotencyKey: 'again' });
    const [twice, other] = await Promise.allSettled([bench.submit(deployed.fullName, 1, { idempotencyKey: 'again' }), bench.submit(deployed.fullName, 1, { idempotencyKey: 'other' })]);
    expect([twice, other]).toMatchObject([{ status: 'fulfilled', value: id }, { status: 'rejected', reason: { code: 'QUEUE_FULL' } }]);
    // A key that was refused is not used up.
    await bench.ledger.claim(worker, await leasesOf(id));
    await bench.submit(deployed.fullName, 1, { idempotencyKey: 'other' });
  });

  it('keeps an unlimited deployment out of the limited one\'s gate', async () => {
    const [limited, free] = [await deploy({ maxQueue: 1 }), await deploy({})];
    const answers = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => bench.submit((index % 2 ? limited : free).fullName)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(51);
    expect([(await loadOf(limited)).waiting, (await loadOf(free)).waiting]).toEqual([1, 50]);
  });

  it('gives jobs without a deadline that of the deployment', async () => {
    const deployed = await deploy({ deadlineMs: 60_000 });
    const [own, given] = await bench.services.store.byIds([await bench.submit(deployed.fullName), await bench.submit(deployed.fullName, 1, { deadlineMs: 5_000 })]);
    expect([own, given].map((job) => job!.deadlineAt!.getTime() - job!.createdAt.getTime())).toEqual([60_000, 5_000]);
  });

  it('refuses a deadline that the work ahead leaves no time for, by priority', async () => {
    const deployed = await deploy({});
    await addReplica(deployed, 100);
    await bench.submit(deployed.fullName, 50, { priority: 5 });
    await eventually(async () => expect((await bench.services.loads.of(deployed.deploymentId)).waiting).toBe(50));
    const refusal = await refusalOf(bench.submit(deployed.fullName, 1, { priority: 1, deadlineMs: 1_000 }));
    expect([refusal.code, refusal.details]).toEqual(['DEADLINE_UNREACHABLE', expect.objectContaining({ predictedWaitMs: 5_000, predictedMs: 5_100, retryAfterMs: 4_100 })]);
    await bench.submit(deployed.fullName, 1, { priority: 0, deadlineMs: 1_000 });
    expect((await refusalOf(bench.submit(deployed.fullName, 11, { deadlineMs: 1_000 }))).code).toBe('DEADLINE_UNREACHABLE');
  });

  it('tells its queue to those who may see it', async () => {
    const deployed = await deploy({});
    await bench.submit(deployed.fullName, 4);
    await addReplica(deployed, 10);
    const text = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Deployment { queue { depth unfinished predictedWaitMs } } } }';
    const variables = { r: [{ __typename: 'Deployment', id: deployed.deploymentId }] };
    const queueFor = async (caller?: Caller) => (await ask(bench.subgraph, text, { variables, ...(caller ? { caller } : {}) })).data._entities[0].queue;
    await eventually(async () => expect(await queueFor()).toEqual({ depth: 4, unfinished: 4, predictedWaitMs: 40 }));
    expect(await queueFor(makeCaller({ other: 'ADMIN' }))).toBeNull();
  });

  it('mends a load that someone has spoilt, and folds silent slots without changing it', async () => {
    const deployed = await deploy({});
    await bench.submit(deployed.fullName, 3);
    await bench.database.query({ text: 'update deployment_load set waiting = waiting + 7 where deployment_id = $1', values: [deployed.deploymentId] });
    expect(await loads.recount()).toBe(1);
    expect(await loadOf(deployed)).toMatchObject({ waiting: 3, unfinished: 3 });
    await bench.database.query({ text: `update deployment_load set told_at = now() - interval '1 hour' where deployment_id = $1`, values: [deployed.deploymentId] });
    await loads.fold();
    expect(await loadOf(deployed)).toMatchObject({ waiting: 3, unfinished: 3 });
    const slots = await bench.database.query({ text: 'select slot from deployment_load where deployment_id = $1', values: [deployed.deploymentId] });
    expect(slots).toEqual([{ slot: 'base' }]);
  });
});
