import { ask } from '../support/ask';
import { makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';
import { statementsOf } from '../support/statements';

/** The reads of jobs; the queue works beside them. */
const readsOf = async (work: () => Promise<unknown>) => (await statementsOf(work)).filter((text) => /from (job|unnest)/.test(text) && !text.includes('update'));

const PAGE = `query ($first: Int, $after: String, $deployment: String, $status: [JobStatus!], $search: String, $since: DateTime, $until: DateTime) {
  jobs(first: $first, after: $after, deployment: $deployment, status: $status, search: $search, createdAfter: $since, createdBefore: $until) {
    edges { cursor node { id status error { message } items(first: 5) { edges { node { index status inputs { json } outputs { json } } } } } } pageInfo { hasNextPage endCursor } } }`;

describe('the list of jobs', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  let ids: string[];
  const page = async (variables: object) => (await ask(bench.subgraph, PAGE, { variables: { ...variables } })).data.jobs as { edges: { node: { id: string; status: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  const idsOf = async (variables: object) => (await page(variables)).edges.map(({ node }) => node.id);

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
    ids = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(...(await Promise.all(Array.from({ length: 21 }, () => bench.submit(deployed.fullName, 2)))).sort().reverse());
    const worker = await bench.addWorker();
    const leases = ids.slice(0, 2).flatMap((jobId) => [0, 1].map((chunk) => ({ jobId, chunk, lease: 1 })));
    await bench.ledger.claim(worker, leases);
    await bench.ledger.finish(worker, leases.map((lease) => makeFinished(lease, 1, lease.jobId === ids[0] ? [0] : [])));
    await bench.services.jobs.cancel(SCOPE, ids[2]!);
  });
  afterAll(() => bench.close());

  it('is paged newest first without gap or repetition', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, isOpen = true; isOpen;) {
      const { edges, pageInfo } = await page({ first: 40, after });
      seen.push(...edges.map(({ node }) => node.id));
      [after, isOpen] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(seen).toEqual(ids);
  });

  it('is filtered by state, deployment, time and the text of errors', async () => {
    expect(await idsOf({ status: ['FAILED', 'SUCCEEDED'] })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ search: 'does NOT fit' })).toEqual([ids[0]]);
    expect(await idsOf({ search: 'canceled by' })).toEqual([ids[2]]);
    expect(await idsOf({ search: '%' })).toEqual([]);
    expect(await idsOf({ deployment: deployed.fullName, first: 3 })).toEqual(ids.slice(0, 3));
    expect(await idsOf({ deployment: (await bench.deploy()).fullName })).toEqual([]);
    expect(await idsOf({ deployment: 'default/none' })).toEqual([]);
    expect(await idsOf({ since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    expect(await idsOf({ until: new Date(Date.now() - 3_600_000).toISOString() })).toEqual([]);
  });

  it('costs four statements with the items and tensors of 100 jobs', async () => {
    const statements = await readsOf(async () => { expect((await page({ first: 100 })).edges).toHaveLength(100); });
    expect(statements).toHaveLength(4);
  });

  it('hangs on many deployments at the cost of one statement', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => bench.deploy()));
    for (const { fullName } of others) await bench.submit(fullName);
    const r = [deployed, ...others].map(({ deploymentId }) => ({ __typename: 'Deployment', id: deploymentId }));
    const text = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Deployment { jobs(first: 2) { edges { node { id } } pageInfo { hasNextPage } } } } }';
    const statements = await readsOf(async () => {
      const { data } = await ask(bench.subgraph, text, { variables: { r } });
      expect(data._entities.map(({ jobs }: { jobs: { edges: object[] } }) => jobs.edges.length)).toEqual([2, 1, 1, 1, 1, 1]);
    });
    expect(statements).toHaveLength(1);
  });

  it('refuses cursors and sizes that cannot be', async () => {
    for (const variables of [{ first: 0 }, { first: 101 }]) expect((await ask(bench.subgraph, PAGE, { variables })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await ask(bench.subgraph, PAGE, { variables: { after: 'x' } })).codes).toEqual(['CURSOR_INVALID']);
  });
});
