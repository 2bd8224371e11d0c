import { identityModel } from '../support/onnx';
import { statementsOf } from '../support/statements';
import { makeWholeGraph } from '../support/whole-graph';

/** Several, or a look-up per row would hide behind the one key that all rows share. */
const NAMES = ['echo', 'echo-b', 'echo-c'];
const ITEM = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], json: [1] }] };

describe('the whole graph', () => {
  let graph: Awaited<ReturnType<typeof makeWholeGraph>>;
  let lastJob = '';

  async function submit(items: object[], name = 'echo'): Promise<string> {
    const { submitInference } = await graph.request<{ submitInference: { job: { id: string } } }>(
      'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment: `default/${name}`, items } });
    return submitInference.job.id;
  }

  beforeAll(async () => {
    graph = await makeWholeGraph();
    for (const name of NAMES) await graph.deploy(name, identityModel('FP32'));
    for (let count = 0; count < 100; count++) lastJob = await submit([ITEM], NAMES[count % NAMES.length]);
  }, 120_000);
  afterAll(() => graph.close());

  /** The platform's own loops send statements too: the quietest of some runs is the query's own cost. */
  async function costOf(first: number): Promise<{ statements: number; calls: string[]; rows: number }> {
    const query = `query ($first: Int!) { jobs(first: $first) { edges { node { id status deployment { fullName status } modelVersion { number model { name } } } } } }`;
    const costs: { statements: number; calls: string[]; rows: number }[] = [];
    for (let run = 0; run < 8; run++) {
      graph.calls.length = 0;
      let rows = 0;
      const statements = await statementsOf(async () => {
        const { jobs } = await graph.request<{ jobs: { edges: { node: { deployment: { fullName: string }; modelVersion: { model: { name: string } } } }[] } }>(query, { first });
        rows = jobs.edges.filter(({ node }) => node.deployment.fullName === `default/${node.modelVersion.model.name}`).length;
      });
      costs.push({ statements: statements.length, calls: [...graph.calls], rows });
    }
    return costs.sort((a, b) => a.statements - b.statements)[0]!;
  }

  it('lists 100 jobs with model and deployment for as many statements as 1, in at most 3 subgraph calls', async () => {
    const [few, many] = [await costOf(1), await costOf(100)];
    expect(many.rows).toBe(100);
    expect(many.calls.length).toBeLessThanOrEqual(3);
    expect(many.statements).toBe(few.statements);
  });

  it('links what four subgraphs know of one thing, in every direction', async () => {
    const answer = await graph.request(`query ($id: ID!) {
      model(fullName: "default/echo") {
        namespace { name }
        deployments(first: 1) { edges { node { fullName jobs(first: 1) { edges { node { id } } } } } }
        version(number: 1) { deployments(first: 1) { edges { node { fullName } } } createdBy { name } }
      }
      job(id: $id) { deployment { fullName } revision { number modelVersion { number } } modelVersion { model { name } } createdBy { name } }
    }`, { id: lastJob });
    expect(answer).toEqual({
      model: {
        namespace: { name: 'default' },
        deployments: { edges: [{ node: { fullName: 'default/echo', jobs: { edges: [{ node: { id: lastJob } }] } } }] },
        version: { deployments: { edges: [{ node: { fullName: 'default/echo' } }] }, createdBy: { name: 'bootstrap-admin' } },
      },
      job: { deployment: { fullName: 'default/echo' }, revision: { number: 1, modelVersion: { number: 1 } }, modelVersion: { model: { name: 'echo' } }, createdBy: { name: 'bootstrap-admin' } },
    });
  });

  it('streams a job of many items to its end, each event enriched by other subgraphs', async () => {
    const id = await submit(Array.from({ length: 200 }, () => ITEM));
    const events = await graph.subscribe(`subscription ($id: ID!) { jobEvents(id: $id) { seq kind items { index } job { modelVersion { model { name } } } } }`, { id });
    const seen = events.map(({ data, errors }) => {
      expect(errors).toBeUndefined();
      return (data as { jobEvents: { seq: number; kind: string; items: { index: number }[]; job: { modelVersion: { model: { name: string } } } } }).jobEvents;
    });
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.at(-1)!.kind).toBe('SUCCEEDED');
    expect(seen.flatMap(({ items }) => items.map(({ index }) => index)).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(new Set(seen.map(({ job }) => job.modelVersion.model.name))).toEqual(new Set(['echo']));
    expect(seen.length).toBeGreaterThan(20);
  });
});
