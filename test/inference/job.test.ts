import { ask, makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { makeFinished, openInference, type Deployed, type InferenceBench } from '../support/inference';

const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id status itemCount attempt seq } } }';
const JOB = `query ($id: ID!) { job(id: $id) {
  id status seq itemCount finishedCount failedCount progress attempt error { code message }
  timing { queuedMs batchWaitMs computeMs totalMs batchSize } namespace { name } deployment { id } revision { id } modelVersion { id } createdBy { id }
  items { edges { node { index status error { code message } inputs { name json } outputs { name datatype shape json base64 url } } } pageInfo { hasNextPage } }
} }`;

describe('a job', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  let worker: string;
  const x = (values: number[]) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: values }] });
  const jobOf = async (id: string) => (await ask(bench.subgraph, JOB, { variables: { id } })).data.job;

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
    worker = await bench.addWorker();
  });
  afterAll(() => bench.close());

  it('goes from the caller to a worker and back with its outputs and its times', async () => {
    const entries = await bench.collect(deployed.revisionId);
    const { data } = await ask(bench.subgraph, SUBMIT, { variables: { input: { deployment: deployed.fullName, items: [x([3, 4])] } } });
    const { id } = data.submitInference.job;
    expect(data.submitInference.job).toMatchObject({ status: 'QUEUED', itemCount: 1, attempt: 1, seq: 1 });
    await eventually(() => expect(entries).toEqual([{ jobId: id, chunk: 0, lease: 1 }]));

    const [claimed] = await bench.ledger.claim(worker, entries);
    expect(claimed).toMatchObject({ jobId: id, revisionId: deployed.revisionId, namespace: 'default', firstItem: 0, outputs: null, deadlineAt: null, priority: 0, remainingItems: 1 });
    expect([...new Float32Array(new Uint8Array((claimed!.items[0]![0] as { data: Uint8Array }).data).buffer)]).toEqual([3, 4]);
    expect(await jobOf(id)).toMatchObject({ status: 'RUNNING', seq: 2, progress: 0 });

    expect(await bench.ledger.finish(worker, [makeFinished(entries[0]!, 1)])).toEqual([]);
    const job = await jobOf(id);
    expect(job).toMatchObject({
      status: 'SUCCEEDED', seq: 3, finishedCount: 1, failedCount: 0, progress: 1, error: null,
      namespace: { name: 'default' }, deployment: { id: deployed.deploymentId }, revision: { id: deployed.revisionId }, modelVersion: { id: deployed.modelVersionId },
      timing: { batchWaitMs: 1.5, computeMs: 4, batchSize: 1 },
    });
    expect(job.timing.totalMs).toBeGreaterThanOrEqual(job.timing.queuedMs);
    expect(job.items.edges).toEqual([{ node: {
      index: 0, status: 'SUCCEEDED', error: null, inputs: [{ name: 'x', json: [3, 4] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], json: [1, 2], base64: 'AACAPwAAAEA=', url: null }],
    } }]);
  });

  it('of many items is cut into chunks and fails with a count when some of them fail', async () => {
    const id = await bench.submit(deployed.fullName, 100);
    const leases = Array.from({ length: 34 }, (_, chunk) => ({ jobId: id, chunk, lease: 1 }));
    const claimed = await bench.ledger.claim(worker, leases);
    expect(claimed.map(({ items }) => items.length)).toEqual([...Array.from({ length: 33 }, () => 3), 1]);
    await bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, lease.chunk === 33 ? 1 : 3, lease.chunk === 3 ? [0, 2] : [])));
    const job = await jobOf(id);
    expect(job).toMatchObject({ status: 'FAILED', itemCount: 100, finishedCount: 100, failedCount: 2, seq: 2 + 34, error: { code: 'ITEMS_FAILED' } });
    expect(job.error.message).toMatch(/^2 of 100 items failed, one with: Item at 0/);
    const states = job.items.edges.map((edge: { node: { status: string } }) => edge.node.status);
    expect([states.slice(8, 13), states.length, job.items.pageInfo.hasNextPage]).toEqual([['SUCCEEDED', 'FAILED', 'SUCCEEDED', 'FAILED', 'SUCCEEDED'], 20, true]);
    expect(job.items.edges[9].node).toMatchObject({ index: 9, outputs: null, error: { code: 'INFERENCE_FAILED' } });
  });

  it('of one item fails with the item\'s own error', async () => {
    const lease = { jobId: await bench.submit(deployed.fullName), chunk: 0, lease: 1 };
    await bench.ledger.claim(worker, [lease]);
    await bench.ledger.finish(worker, [makeFinished(lease, 1, [0])]);
    expect(await jobOf(lease.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'INFERENCE_FAILED', message: 'Item at 0 does not fit.' } });
  });

  it('pages through its items by index', async () => {
    const id = await bench.submit(deployed.fullName, 30);
    const text = 'query ($id: ID!, $after: String) { job(id: $id) { items(first: 12, after: $after) { edges { node { index inputs { json } } } pageInfo { hasNextPage endCursor } } } }';
    const seen: number[] = [];
    for (let after: string | null = null, more = true; more;) {
      const answer = await ask(bench.subgraph, text, { variables: { id, after } });
      const items = answer.data.job.items as { edges: { node: { index: number; inputs: { json: number[] }[] } }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
      for (const { node } of items.edges) {
        expect(node.inputs[0]!.json).toEqual([node.index, node.index + 1]);
        seen.push(node.index);
      }
      ({ hasNextPage: more, endCursor: after } = items.pageInfo);
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  it('is nothing to a stranger, on every path', async () => {
    const id = await bench.submit(deployed.fullName);
    const stranger = makeCaller({ other: 'ADMIN' });
    const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Job { id } ... on Deployment { jobs { edges { node { id } } } } } }';
    const r = [{ __typename: 'Job', id }, { __typename: 'Deployment', id: deployed.deploymentId }];
    expect((await ask(bench.subgraph, entities, { caller: stranger, variables: { r } })).data._entities).toEqual([null, { jobs: { edges: [] } }]);
    expect((await ask(bench.subgraph, JOB, { caller: stranger, variables: { id } })).data).toEqual({ job: null });
    expect((await ask(bench.subgraph, '{ jobs { edges { node { id } } } }', { caller: stranger })).data).toEqual({ jobs: { edges: [] } });
    expect((await ask(bench.subgraph, '{ jobs(namespace: "default") { edges { node { id } } } }', { caller: stranger })).codes).toEqual(['NAMESPACE_NOT_FOUND']);
    for (const mutation of ['cancelJob', 'retryJob']) {
      const text = `mutation ($id: ID!) { ${mutation}(input: { id: $id }) { job { id } } }`;
      expect((await ask(bench.subgraph, text, { caller: stranger, variables: { id } })).codes).toEqual(['JOB_NOT_FOUND']);
      expect((await ask(bench.subgraph, text, { caller: makeCaller({ default: 'VIEWER' }), variables: { id } })).codes).toEqual(['FORBIDDEN']);
    }
    expect((await ask(bench.subgraph, SUBMIT, { caller: stranger, variables: { input: { deployment: deployed.fullName, items: [x([1, 2])] } } })).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
    expect((await ask(bench.subgraph, SUBMIT, { caller: makeCaller({ default: 'VIEWER' }), variables: { input: { deployment: deployed.fullName, items: [x([1, 2])] } } })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(bench.subgraph, JOB, { caller: makeCaller({ default: 'VIEWER' }), variables: { id } })).data.job.id).toBe(id);
  });
});
