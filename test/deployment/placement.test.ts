import { newId } from '../../platform/uuid';
import { DeploymentDirectory } from '../../subgraphs/deployment';
import { BenchWorker, deploymentBench, makeModel, MEBIBYTE, type DeploymentBench } from '../support/deployments';
import { eventually } from '../support/eventually';
import { statementsOf } from '../support/statements';

const STATE = '{ deployment(fullName: "default/one") { id status replicas { id state reason { code message } worker { id name state } } } }';

interface ReplicaState { id: string; state: string; worker: { id: string; name: string; state: string } }

describe('placement', () => {
  let bench: DeploymentBench;
  beforeEach(async () => {
    bench = await deploymentBench();
    await makeModel(bench, 'm');
  });
  afterEach(() => bench.fresh.drop());

  const create = (name = 'one', replicas = 1) => bench.ask('mutation ($name: String!, $replicas: Int!) { createDeployment(input: { name: $name, model: "default/m", replicas: $replicas }) { deployment { id } } }', { name, replicas });
  const replicas = async (): Promise<ReplicaState[]> => (await bench.ask(STATE)).data.deployment.replicas;
  const readyOn = async () => (await replicas()).filter(({ state }) => state === 'READY').map(({ worker }) => worker.name);
  /** Passes every two seconds of the reconciler's clock, as its timer would make them. */
  const watch = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 2) {
      bench.clock.nowMs += 2_000;
      await bench.reconciler.pass();
    }
  };
  const silence = (worker: BenchWorker) => bench.fresh.database.query({ text: `update worker set heartbeat_at = now() - interval '7 seconds' where id = $1`, values: [worker.id] });

  it('declares a worker GONE whose process was seen to end, and not its successor of the same name', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    const [row] = await bench.fresh.database.query<{ pid: number }>({ text: 'select pid from worker where id = $1', values: [a.id] });
    await bench.placement.lost('a', row!.pid + 1);
    expect(await bench.placement.heartbeat(a.id)).toBe(true);
    await bench.placement.lost('a', row!.pid);
    expect(await bench.placement.heartbeat(a.id)).toBe(false);
    expect(await replicas()).toMatchObject([{ state: 'LOST', reason: { code: 'WORKER_LOST' }, worker: { state: 'GONE' } }]);
  });

  it('declares a worker that went silent GONE and places its replicas elsewhere', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    const b = await BenchWorker.join(bench, 'b');
    await watch(8);
    await silence(a);
    await bench.settle([b]);
    expect((await replicas()).map(({ state, worker }) => [state, worker.name, worker.state])).toEqual([['LOST', 'a', 'GONE'], ['READY', 'b', 'ACTIVE']]);
    expect(await bench.placement.heartbeat(a.id)).toBe(false);
    expect(await bench.placement.heartbeat(b.id)).toBe(true);
  });

  it('does not take an outage of its own for the silence of the workers', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    await watch(8);
    bench.clock.nowMs += 30_000;
    await silence(a);
    await bench.reconciler.pass();
    expect(await readyOn()).toEqual(['a']);
    await watch(4);
    expect(await readyOn()).toEqual(['a']);
    await watch(4);
    expect(await readyOn()).toEqual([]);
  });

  it('replaces a worker that comes back under its name at once', async () => {
    await create();
    const before = await BenchWorker.join(bench, 'a');
    await bench.settle([before]);
    const after = await BenchWorker.join(bench, 'a');
    await bench.settle([after]);
    expect((await replicas()).map(({ state, worker }) => [state, worker.id])).toEqual([['LOST', before.id], ['READY', after.id]]);
    expect(await bench.placement.heartbeat(before.id)).toBe(false);
    expect(await bench.placement.assignments(before.id)).toEqual([]);
  });

  it('registers one name once, however many ask at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => BenchWorker.join(bench, 'a')));
    const { data } = await bench.ask('{ workers { name state } }');
    expect(data.workers).toEqual([{ name: 'a', state: 'ACTIVE' }]);
  });

  it('places the replicas of a worker that leaves elsewhere without waiting', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    const b = await BenchWorker.join(bench, 'b');
    await bench.placement.leave(a.id);
    await bench.settle([b]);
    expect(await readyOn()).toEqual(['b']);
  });

  it('drains a worker without a gap: what it has serves until the replacement does', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    expect((await bench.ask('mutation ($id: ID!) { drainWorker(input: { id: $id }) { worker { state } } }', { id: a.id })).data.drainWorker.worker.state).toBe('DRAINING');
    await bench.settle([a]);
    expect(await readyOn()).toEqual(['a']);
    const b = await BenchWorker.join(bench, 'b');
    await bench.reconciler.pass();
    expect(await readyOn()).toEqual(['a']);
    await bench.settle([a, b]);
    expect(await readyOn()).toEqual(['b']);
    expect(a.held.size).toBe(0);
  });

  it('keeps the memory of a replica reserved until its worker has unloaded it', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a', 300 * MEBIBYTE);
    await bench.settle([a]);
    await bench.ask('mutation { stopDeployment(input: { deployment: "default/one" }) { deployment { id } } }');
    await create('two');
    await bench.reconciler.pass();
    expect((await bench.placement.assignments(a.id))).toEqual([]);
    await a.look();
    await bench.reconciler.pass();
    expect((await bench.placement.assignments(a.id))).toHaveLength(1);
  });

  it('counts a report from the worker that holds the replica alone, and only for a step of the lifecycle', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    const b = await BenchWorker.join(bench, 'b');
    await bench.reconciler.pass();
    const [replica] = await replicas();
    const [holder, other] = replica!.worker.id === a.id ? [a, b] : [b, a];
    const stateAfter = async (worker: BenchWorker, state: 'LOADING' | 'READY' | 'FAILED' | 'STOPPED') => {
      await bench.placement.report(worker.id, [{ replicaId: replica!.id, state }]);
      return (await replicas())[0]!.state;
    };
    expect(await stateAfter(other, 'READY')).toBe('ASSIGNED');
    expect(await stateAfter(holder, 'READY')).toBe('READY');
    expect(await stateAfter(holder, 'LOADING')).toBe('READY');
    expect(await stateAfter(holder, 'STOPPED')).toBe('READY');
    expect(await stateAfter(holder, 'FAILED')).toBe('FAILED');
    expect(await stateAfter(holder, 'READY')).toBe('FAILED');
    await bench.placement.report(holder.id, [{ replicaId: newId(), state: 'READY' }]);
  });

  it('gives a worker all it needs to load a revision', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.reconciler.pass();
    const [assignment] = await bench.placement.assignments(a.id);
    expect(assignment!.revision).toMatchObject({
      namespace: 'default', artifactSizeBytes: MEBIBYTE, artifactDigest: expect.stringMatching(/^[0-9a-f]{64}$/), memoryBytes: 259 * MEBIBYTE,
      timeoutMs: 60_000, intraOpThreads: 1, maxBatchSize: null, maxBatchDelayMs: 2, signature: { inputs: [{ name: 'x' }], outputs: [{ name: 'y' }] },
    });
  });

  it('keeps what a worker measured, for the graph and for its successor on the same machine', async () => {
    await create();
    const a = await BenchWorker.join(bench, 'a');
    await bench.reconciler.pass();
    const [first] = await bench.placement.assignments(a.id);
    expect(first!.profile).toBeNull();
    const profile = { table: [{ batchSize: 1, msPerBatch: 1.5 }, { batchSize: 2, msPerBatch: 2 }], chosenMaxBatch: 2, gain: 1.5, maxRelativeError: 0, reason: 'It pays.' };
    await bench.placement.profiled(newId(), first!.replicaId, profile);
    const batching = async () => (await bench.ask('{ deployment(fullName: "default/one") { replicas { revision { batching { maxBatchSize table { batchSize msPerBatch itemsPerSecond } chosenMaxBatch gain maxRelativeError reason device } } } } }')).data.deployment.replicas.at(-1).revision.batching;
    expect(await batching()).toEqual({ maxBatchSize: null, table: [], chosenMaxBatch: null, gain: null, maxRelativeError: null, reason: null, device: null });
    await bench.placement.profiled(a.id, first!.replicaId, profile);
    expect(await batching()).toEqual({
      maxBatchSize: null, table: [{ batchSize: 1, msPerBatch: 1.5, itemsPerSecond: expect.closeTo(666.7, 1) as number }, { batchSize: 2, msPerBatch: 2, itemsPerSecond: 1_000 }],
      chosenMaxBatch: 2, gain: 1.5, maxRelativeError: 0, reason: 'It pays.', device: 'cpu',
    });
    const successor = await BenchWorker.join(bench, 'a');
    await bench.reconciler.pass();
    expect((await bench.placement.assignments(successor.id))[0]!.profile).toEqual(profile);
    await bench.placement.profiled(successor.id, (await bench.placement.assignments(successor.id))[0]!.replicaId, { ...profile, chosenMaxBatch: 1 });
    expect((await batching()).chosenMaxBatch).toBe(1);
  });

  it('costs the same number of statements whatever the number of replicas', async () => {
    const a = await BenchWorker.join(bench, 'a', 65_536 * MEBIBYTE);
    const cost = async (count: number) => {
      await create(`d${count}`, count);
      await bench.settle([]);
      const reports = (await bench.placement.assignments(a.id)).map(({ replicaId }) => ({ replicaId, state: 'LOADING' as const }));
      const texts = await statementsOf(async () => {
        await bench.placement.assignments(a.id);
        await bench.placement.report(a.id, reports);
        await bench.reconciler.pass();
      });
      return texts.length;
    };
    expect(await cost(1)).toBe(await cost(40));
  });

  it('hands inference a fresh target within a hint, and the specs of revisions', async () => {
    const directory = new DeploymentDirectory(bench.fresh.database, bench.bus);
    expect(await directory.servingTarget('default/one')).toBeNull();
    await create();
    expect(await directory.servingTarget('default/one')).toMatchObject({ fullName: 'default/one', namespace: 'default', status: 'PENDING', revision: null });
    const a = await BenchWorker.join(bench, 'a');
    await bench.settle([a]);
    const target = await directory.servingTarget('default/one');
    expect(target).toMatchObject({ status: 'READY', revision: { id: expect.any(String) } });
    expect(await statementsOf(() => directory.servingTarget('default/one'))).toEqual([]);
    expect(await directory.servingTarget(target!.deploymentId)).toEqual(target);
    expect(await directory.revisionSpecs([newId(), target!.revision!.id])).toEqual([target!.revision]);
    expect(target!.itemMs).toBeNull();
    const [replica] = await replicas();
    await bench.placement.pace(newId(), [{ replicaId: replica!.id, itemMs: 9 }]);
    await bench.placement.pace(a.id, [{ replicaId: replica!.id, itemMs: 2.5 }]);
    bench.bus.publish('deployment', target!.deploymentId);
    await eventually(async () => expect((await directory.servingTarget('default/one'))?.itemMs).toBe(2.5));
    expect((await bench.ask('{ deployment(fullName: "default/one") { replicas { itemMs } } }')).data.deployment.replicas).toEqual([{ itemMs: 2.5 }]);
    await bench.ask('mutation { stopDeployment(input: { deployment: "default/one" }) { deployment { id } } }');
    expect(await directory.servingTarget('default/one')).toMatchObject({ status: 'STOPPED', revision: null });
    await bench.ask('mutation { deleteDeployment(input: { deployment: "default/one" }) { deployment { id } } }');
    expect(await directory.servingTarget('default/one')).toBeNull();
    expect(await directory.servingTarget('no such/na/me')).toBeNull();
    await directory.close();
  });
});
