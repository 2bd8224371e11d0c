import { BenchWorker, deploymentBench, makeModel, MEBIBYTE, setAlias, type DeploymentBench } from '../support/deployments';

const CREATE = 'mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id fullName status desiredReplicas } } }';
const STATE = `query ($name: String!) { deployment(fullName: $name) {
  status reason { code message } desiredReplicas release { number state revision { number } } nextRelease { number revision { number } }
  replicas { state revision { number } worker { name } reason { code } } } }`;

describe('a deployment', () => {
  let bench: DeploymentBench;
  beforeEach(async () => { bench = await deploymentBench(); });
  afterEach(() => bench.fresh.drop());

  const stateOf = async (name: string) => (await bench.ask(STATE, { name })).data.deployment;
  const create = async (input: Record<string, unknown>) => (await bench.ask(CREATE, { input: { name: 'one', model: 'default/m', ...input } }));
  const serving = (state: { replicas: { state: string; revision: { number: number } }[] }) =>
    state.replicas.filter((replica) => replica.state === 'READY').map(({ revision }) => revision.number);

  it('goes from PENDING over PROGRESSING to READY as its replicas load', async () => {
    await makeModel(bench, 'm');
    expect((await create({ replicas: 2 })).data.createDeployment.deployment).toMatchObject({ fullName: 'default/one', status: 'PENDING', desiredReplicas: 2 });
    const worker = await BenchWorker.join(bench, 'a');
    await bench.reconciler.pass();
    expect(await stateOf('default/one')).toMatchObject({ status: 'PROGRESSING', release: null, replicas: [{ state: 'ASSIGNED' }, { state: 'ASSIGNED' }] });
    await bench.settle([worker]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'READY', reason: null, nextRelease: null, release: { number: 1, state: 'LIVE', revision: { number: 1 } } });
  });

  it('stays PENDING with NO_CAPACITY while no worker has room, and comes up when one has', async () => {
    await makeModel(bench, 'm');
    await create({ resources: { memoryBytes: String(512 * MEBIBYTE) } });
    await bench.reconciler.pass();
    expect((await stateOf('default/one')).reason).toEqual({ code: 'NO_CAPACITY', message: 'No worker is active: start one.' });
    const small = await BenchWorker.join(bench, 'small', 500 * MEBIBYTE);
    await bench.settle([small]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'PENDING', reason: { code: 'NO_CAPACITY', message: expect.stringContaining('500 MiB') }, replicas: [] });
    const large = await BenchWorker.join(bench, 'large', 512 * MEBIBYTE);
    await bench.settle([small, large]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'READY', replicas: [{ worker: { name: 'large' } }] });
  });

  it('spreads its replicas over the workers and never reserves more than one has', async () => {
    await makeModel(bench, 'm');
    await create({ replicas: 2, resources: { memoryBytes: String(256 * MEBIBYTE) } });
    const workers = [await BenchWorker.join(bench, 'a', 600 * MEBIBYTE), await BenchWorker.join(bench, 'b', 600 * MEBIBYTE)];
    await bench.reconciler.pass();
    const placed: { worker: { name: string } }[] = (await stateOf('default/one')).replicas;
    expect(placed.map(({ worker }) => worker.name).sort()).toEqual(['a', 'b']);
    await bench.ask('mutation { scaleDeployment(input: { deployment: "default/one", replicas: 5 }) { deployment { id } } }');
    await bench.settle(workers);
    expect(workers.map(({ held }) => held.size)).toEqual([2, 2]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'DEGRADED', reason: { code: 'NO_CAPACITY' } });
  });

  it('scales up and down, stopping what serves last', async () => {
    await makeModel(bench, 'm');
    await create({});
    const worker = await BenchWorker.join(bench, 'a');
    await bench.settle([worker]);
    const scale = 'mutation ($n: Int!) { scaleDeployment(input: { deployment: "default/one", replicas: $n }) { deployment { desiredReplicas } } }';
    await bench.ask(scale, { n: 3 });
    await bench.reconciler.pass();
    expect((await stateOf('default/one')).status).toBe('PROGRESSING');
    await bench.ask(scale, { n: 1 });
    await bench.reconciler.pass();
    expect(serving(await stateOf('default/one'))).toEqual([1]);
    await bench.settle([worker]);
    expect(worker.held.size).toBe(1);
    expect((await bench.ask(scale, { n: 0 })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await bench.ask(scale, { n: 101 })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('lets in what it is told to: what is left out stays, null takes a limit away', async () => {
    await makeModel(bench, 'm');
    const admissionOf = async () => (await bench.ask('{ deployment(fullName: "default/one") { admission { maxQueue maxInFlight deadlineMs } } }')).data.deployment.admission;
    const set = (admission: object) => bench.ask('mutation ($a: AdmissionInput!) { setAdmission(input: { deployment: "default/one", admission: $a }) { deployment { id } } }', { a: admission });
    await create({ admission: { maxQueue: 10, deadlineMs: 500 } });
    expect(await admissionOf()).toEqual({ maxQueue: 10, maxInFlight: null, deadlineMs: 500 });
    await set({ maxInFlight: 7, deadlineMs: null });
    expect(await admissionOf()).toEqual({ maxQueue: 10, maxInFlight: 7, deadlineMs: null });
    for (const wrong of [{ maxQueue: 0 }, { maxInFlight: -1 }, { maxQueue: 2_000_000_001 }, { deadlineMs: 604_800_001 }]) expect((await set(wrong)).codes).toEqual(['BAD_USER_INPUT']);
    expect(await admissionOf()).toEqual({ maxQueue: 10, maxInFlight: 7, deadlineMs: null });
  });

  it('uses results again as it is told to, from that moment on, and not when told null', async () => {
    await makeModel(bench, 'm');
    const reuseOf = async () => (await bench.ask('{ deployment(fullName: "default/one") { resultReuse { ttlMs maxBytes since } } }')).data.deployment.resultReuse;
    const set = (reuse: object | null) => bench.ask('mutation ($r: ResultReuseInput) { setResultReuse(input: { deployment: "default/one", resultReuse: $r }) { deployment { id } } }', { r: reuse });
    await create({});
    expect(await reuseOf()).toBeNull();
    await set({ ttlMs: 60_000 });
    const { since, ...first } = await reuseOf();
    expect(first).toEqual({ ttlMs: 60_000, maxBytes: '67108864' });
    await set({ ttlMs: 60_000, maxBytes: 1_000 });
    expect(Date.parse((await reuseOf()).since)).toBeGreaterThan(Date.parse(since));
    for (const wrong of [{ ttlMs: 0 }, { ttlMs: 604_800_001 }, { ttlMs: 1, maxBytes: 0 }]) expect((await set(wrong)).codes).toEqual(['BAD_USER_INPUT']);
    await set(null);
    expect(await reuseOf()).toBeNull();
    const events = (await bench.ask('{ deployment(fullName: "default/one") { events(first: 10) { edges { node { kind } } } } }')).data.deployment.events.edges;
    expect(events.filter(({ node }: { node: { kind: string } }) => node.kind === 'RESULT_REUSE_CHANGED')).toHaveLength(3);
  });

  it('keeps how items lie in a batch with its revisions', async () => {
    await makeModel(bench, 'm');
    const created = await create({ batching: { padding: [{ dimension: 'nowhere' }] } });
    expect(created.codes).toEqual(['BAD_USER_INPUT']);
    await create({});
    const text = '{ deployment(fullName: "default/one") { revisions(first: 1) { edges { node { batching { dimension padding { dimension } } } } } } }';
    expect((await bench.ask(text)).data.deployment.revisions.edges[0].node.batching).toEqual({ dimension: null, padding: [] });
  });

  it('unloads when stopped, comes back when started, and leaves its name when deleted', async () => {
    await makeModel(bench, 'm');
    const { id } = (await create({})).data.createDeployment.deployment;
    const worker = await BenchWorker.join(bench, 'a');
    await bench.settle([worker]);
    expect((await bench.ask('mutation { stopDeployment(input: { deployment: "default/one" }) { deployment { status } } }')).data.stopDeployment.deployment.status).toBe('STOPPED');
    await bench.settle([worker]);
    expect(worker.held.size).toBe(0);
    expect((await stateOf('default/one')).status).toBe('STOPPED');
    await bench.ask('mutation { startDeployment(input: { deployment: "default/one" }) { deployment { id } } }');
    await bench.settle([worker]);
    expect((await stateOf('default/one')).status).toBe('READY');
    await bench.ask('mutation ($id: String!) { deleteDeployment(input: { deployment: $id }) { deployment { id } } }', { id });
    await bench.settle([worker]);
    expect(worker.held.size).toBe(0);
    expect(await stateOf('default/one')).toBeNull();
    expect((await bench.ask('mutation { startDeployment(input: { deployment: "default/one" }) { deployment { id } } }')).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
    expect((await create({})).codes).toEqual([]);
    expect((await create({})).codes).toEqual(['NAME_TAKEN']);
  });

  it('retries a failing load with growing delays, then is FAILED with the worker\'s reason, and recovers by itself', async () => {
    await makeModel(bench, 'm');
    await create({});
    const worker = await BenchWorker.join(bench, 'a');
    worker.failure = { code: 'REPLICA_FAILED', message: 'The disk is full.' };
    await bench.settle([worker]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'PROGRESSING', reason: { code: 'REPLICA_FAILED', message: 'The disk is full.' } });
    expect((await stateOf('default/one')).replicas).toHaveLength(1);
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      await ageFailures();
      await bench.settle([worker]);
    }
    expect(await stateOf('default/one')).toMatchObject({ status: 'FAILED', reason: { code: 'REPLICA_FAILED', message: 'The disk is full.' } });
    worker.failure = null;
    await ageFailures();
    await bench.settle([worker]);
    expect((await stateOf('default/one')).status).toBe('READY');
  });

  it('is FAILED sooner by an error that a retry does not mend, and startDeployment tries again at once', async () => {
    await makeModel(bench, 'm');
    await create({});
    const worker = await BenchWorker.join(bench, 'a');
    worker.failure = { code: 'MODEL_LOAD_FAILED', message: 'No kernel for Foo.' };
    await bench.settle([worker]);
    await ageFailures();
    await bench.settle([worker]);
    expect(await stateOf('default/one')).toMatchObject({ status: 'FAILED', reason: { code: 'MODEL_LOAD_FAILED' } });
    worker.failure = null;
    await bench.ask('mutation { startDeployment(input: { deployment: "default/one" }) { deployment { id } } }');
    await bench.settle([worker]);
    expect((await stateOf('default/one')).status).toBe('READY');
  });

  /** As if ten seconds had passed. */
  const ageFailures = async () => {
    await bench.fresh.database.query({ text: `update replica set updated_at = updated_at - interval '10 seconds' where state = 'FAILED'`, values: [] });
    await bench.fresh.database.query({ text: `update deployment set retry_from = retry_from - interval '10 seconds'`, values: [] });
  };

  it('fixes the version when a revision is made, whatever the alias means later', async () => {
    const { id, versionIds } = await makeModel(bench, 'm', { versions: 2 });
    await setAlias(bench, id, 'prod', versionIds[0]!);
    await create({ alias: 'prod' });
    await setAlias(bench, id, 'prod', versionIds[1]!);
    const worker = await BenchWorker.join(bench, 'a');
    await bench.settle([worker]);
    expect([...worker.held.values()].map(({ revision }) => revision.modelVersionId)).toEqual([versionIds[0]]);
    const made = await bench.ask('mutation { createRevision(input: { deployment: "default/one", alias: "prod" }) { revision { number modelAlias modelVersion { id } } } }');
    expect(made.data.createRevision.revision).toEqual({ number: 2, modelAlias: 'prod', modelVersion: { id: versionIds[1] } });
  });

  it('refuses versions that are not READY, unknown ones, and settings the model does not fit', async () => {
    await makeModel(bench, 'm');
    await makeModel(bench, 'raw', { state: 'INSPECTING' });
    const fixed = [{ name: 'x', datatype: 'FP32' as const, shape: [{ size: 1, name: null }] }];
    await makeModel(bench, 'fixed', { signature: { inputs: fixed, outputs: fixed } });
    expect((await create({ model: 'default/raw', version: 1 })).codes).toEqual(['VERSION_NOT_READY']);
    expect((await create({ version: 9 })).codes).toEqual(['VERSION_NOT_FOUND']);
    expect((await create({ alias: 'prod' })).codes).toEqual(['ALIAS_NOT_FOUND']);
    expect((await create({ model: 'default/none' })).codes).toEqual(['MODEL_NOT_FOUND']);
    expect((await create({ namespace: 'none' })).codes).toEqual(['NAMESPACE_NOT_FOUND']);
    expect((await create({ name: 'Not A Name' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await create({ model: 'default/fixed', batching: { maxBatchSize: 8 } })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await create({ limits: { timeoutMs: 0 } })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await create({ batching: { maxBatchSize: 8, autotune: true } })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await create({ batching: { maxBatchSize: 8 } })).codes).toEqual([]);
  });
});
