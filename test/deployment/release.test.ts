import { BenchWorker, deploymentBench, makeModel, MEBIBYTE, type DeploymentBench } from '../support/deployments';

const STATE = `{ deployment(fullName: "default/one") { status reason { code } release { number state revision { id number } } nextRelease { number revision { number } }
  releases { edges { node { number state reason } } } replicas { state revision { number } } } }`;

describe('a release', () => {
  let bench: DeploymentBench;
  let worker: BenchWorker;
  beforeEach(async () => {
    bench = await deploymentBench();
    await makeModel(bench, 'm', { versions: 2 });
    await bench.ask('mutation { createDeployment(input: { name: "one", model: "default/m", version: 1, resources: { memoryBytes: 268435456 } }) { deployment { id } } }');
    worker = await BenchWorker.join(bench, 'a');
    await bench.settle([worker]);
  });
  afterEach(() => bench.fresh.drop());

  const stateOf = async () => (await bench.ask(STATE)).data.deployment;
  const servingRevisions = async () => (await stateOf()).replicas.filter(({ state }: { state: string }) => state === 'READY').map(({ revision }: { revision: { number: number } }) => revision.number);
  const revise = (arguments_ = 'version: 2') => bench.ask(`mutation { createRevision(input: { deployment: "default/one", ${arguments_} }) { revision { number resources { memoryBytes } limits { timeoutMs } } } }`);
  const release = (revision: number) => bench.ask('mutation ($n: Int!) { createRelease(input: { deployment: "default/one", revision: $n, reason: "better" }) { release { number state } deployment { nextRelease { number } } } }', { n: revision });
  const rollback = () => bench.ask('mutation { rollbackDeployment(input: { deployment: "default/one" }) { release { number revision { number } } } }');

  it('moves the traffic only once its revision has a ready replica, and never leaves a gap', async () => {
    await revise();
    expect((await release(2)).data.createRelease).toEqual({ release: { number: 2, state: 'PENDING' }, deployment: { nextRelease: { number: 2 } } });
    await bench.reconciler.pass();
    expect(await stateOf()).toMatchObject({ status: 'PROGRESSING', release: { number: 1 }, nextRelease: { number: 2 } });
    expect(await servingRevisions()).toEqual([1]);
    await worker.look();
    expect(await servingRevisions()).toEqual([1, 2]);
    await bench.reconciler.pass();
    expect(await stateOf()).toMatchObject({ status: 'READY', release: { number: 2, state: 'LIVE', revision: { number: 2 } }, nextRelease: null });
    await bench.settle([worker]);
    expect([...worker.held.values()].map(({ revision }) => revision.id)).toEqual([(await stateOf()).release.revision.id]);
    expect((await stateOf()).releases.edges.map(({ node }: { node: object }) => node)).toEqual([{ number: 2, state: 'LIVE', reason: 'better' }, { number: 1, state: 'SUPERSEDED', reason: null }]);
  });

  it('that does not come up leaves the old one serving, DEGRADED with the reason, until it is rolled back', async () => {
    await revise('version: 2, resources: { memoryBytes: 8589934592 }');
    await release(2);
    await bench.settle([worker]);
    expect(await stateOf()).toMatchObject({ status: 'DEGRADED', reason: { code: 'NO_CAPACITY' }, release: { number: 1 }, nextRelease: { number: 2 } });
    expect(await servingRevisions()).toEqual([1]);
    expect((await rollback()).data.rollbackDeployment.release).toEqual({ number: 3, revision: { number: 1 } });
    await bench.settle([worker]);
    expect(await stateOf()).toMatchObject({ status: 'READY', release: { number: 3, revision: { number: 1 } }, nextRelease: null });
    expect(worker.held.size).toBe(1);
  });

  it('that fails to load leaves the old one serving with the worker\'s reason', async () => {
    await revise();
    await release(2);
    worker.failure = { code: 'MODEL_LOAD_FAILED', message: 'No kernel.' };
    await bench.settle([worker]);
    await bench.fresh.database.query({ text: `update deployment set retry_from = retry_from - interval '1 minute'`, values: [] });
    await bench.fresh.database.query({ text: `update replica set updated_at = updated_at - interval '30 seconds' where state = 'FAILED'`, values: [] });
    await bench.settle([worker]);
    expect(await stateOf()).toMatchObject({ status: 'DEGRADED', reason: { code: 'MODEL_LOAD_FAILED' }, release: { number: 1 } });
    expect(await servingRevisions()).toEqual([1]);
  });

  it('can be rolled back to what served before, and back again', async () => {
    expect((await rollback()).codes).toEqual(['DEPLOYMENT_STATE']);
    await revise();
    await release(2);
    await bench.settle([worker]);
    expect((await rollback()).data.rollbackDeployment.release).toEqual({ number: 3, revision: { number: 1 } });
    await bench.settle([worker]);
    expect(await servingRevisions()).toEqual([1]);
    expect((await rollback()).data.rollbackDeployment.release).toEqual({ number: 4, revision: { number: 2 } });
  });

  it('keeps one replica of the old revision while work is queued for it', async () => {
    const old = (await stateOf()).release.revision.id;
    bench.busyRevisions.add(old);
    await revise();
    await release(2);
    await bench.settle([worker]);
    expect(await servingRevisions()).toEqual([1, 2]);
    expect(await stateOf()).toMatchObject({ status: 'READY', release: { revision: { number: 2 } } });
    bench.busyRevisions.delete(old);
    await bench.settle([worker]);
    expect(await servingRevisions()).toEqual([2]);
  });

  it('refuses a revision that does not exist', async () => {
    expect((await release(7)).codes).toEqual(['REVISION_NOT_FOUND']);
  });

  it('continues the settings of the latest revision where nothing else is said', async () => {
    await revise('version: 2, limits: { timeoutMs: 5000 }');
    const { data } = await revise('version: 1');
    expect(data.createRevision.revision).toEqual({ number: 3, resources: { memoryBytes: String(256 * MEBIBYTE) }, limits: { timeoutMs: 5000 } });
  });
});
