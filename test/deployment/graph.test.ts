import { parse } from 'graphql';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROLES, type Role } from '../../platform/caller';
import { subscribeOperation } from '../../platform/subgraph/run-operation';
import { newId } from '../../platform/uuid';
import { makeCaller } from '../support/ask';
import { BenchWorker, deploymentBench, makeModel, MEBIBYTE, type DeploymentBench } from '../support/deployments';
import { eventually } from '../support/eventually';
import { statementsOf } from '../support/statements';

const CREATE = 'mutation ($namespace: String!, $name: String!, $model: String!) { createDeployment(input: { namespace: $namespace, name: $name, model: $model }) { deployment { id } } }';
const ENTITIES = `query ($r: [_Any!]!) { _entities(representations: $r) { __typename
  ... on Deployment { fullName } ... on Revision { number } ... on Worker { name } ... on Model { deployments { edges { node { fullName } } } }
  ... on ModelVersion { deployments { edges { node { fullName } } } } } }`;

const MUTATIONS: Record<string, string> = {
  createRevision: '{ deployment: $d, version: 1 }) { revision { id } }',
  createRelease: '{ deployment: $d, revision: 2 }) { release { id } }',
  rollbackDeployment: '{ deployment: $d }) { release { id } }',
  scaleDeployment: '{ deployment: $d, replicas: 2 }) { deployment { id } }',
  setAdmission: '{ deployment: $d, admission: { maxQueue: 5 } }) { deployment { id } }',
  setResultReuse: '{ deployment: $d, resultReuse: { ttlMs: 1000 } }) { deployment { id } }',
  stopDeployment: '{ deployment: $d }) { deployment { id } }',
  startDeployment: '{ deployment: $d }) { deployment { id } }',
  deleteDeployment: '{ deployment: $d }) { deployment { id } }',
};
const mutation = (name: string) => `mutation ($d: String!) { ${name}(input: ${MUTATIONS[name]} }`;

describe('the deployment graph', () => {
  let bench: DeploymentBench;
  let worker: BenchWorker;
  let model: { id: string; versionIds: string[] };
  let id: string;
  let revisionId: string;
  const stranger = makeCaller({ red: 'ADMIN' });
  const withRole = (role: Role) => makeCaller({ blue: role });

  beforeAll(async () => {
    bench = await deploymentBench();
    model = await makeModel(bench, 'm', { namespace: 'blue' });
    await makeModel(bench, 'n', { namespace: 'red' });
    worker = await BenchWorker.join(bench, 'a', 1_048_576 * MEBIBYTE);
    id = (await bench.ask(CREATE, { namespace: 'blue', name: 'one', model: 'blue/m' })).data.createDeployment.deployment.id;
    await bench.settle([worker]);
    revisionId = (await bench.ask('{ deployment(fullName: "blue/one") { release { revision { id } } } }')).data.deployment.release.revision.id;
  });
  afterAll(() => bench.fresh.drop());

  it('is the committed snapshot', () => {
    const file = path.resolve(__dirname, '../../subgraphs/deployment/schema.graphql');
    expect(readFileSync(file, 'utf8')).toBe(bench.subgraph.sdl);
  });

  it('shows a stranger nothing: not at the root, not as an entity, not as a stream', async () => {
    const { data } = await bench.ask('{ deployment(fullName: "blue/one") { id } deployments { edges { node { id } } } }', {}, stranger);
    expect(data).toEqual({ deployment: null, deployments: { edges: [] } });
    expect((await bench.ask('{ deployments(namespace: "blue") { edges { node { id } } } }', {}, stranger)).codes).toEqual(['NAMESPACE_NOT_FOUND']);
    const references = [
      { __typename: 'Deployment', id }, { __typename: 'Deployment', fullName: 'blue/one' }, { __typename: 'Revision', id: revisionId }, { __typename: 'Worker', id: worker.id },
    ];
    expect((await bench.ask(ENTITIES, { r: references }, stranger)).data._entities).toEqual([null, null, null, null]);
    const links = [{ __typename: 'Model', id: model.id }, { __typename: 'ModelVersion', id: model.versionIds[0] }];
    expect((await bench.ask(ENTITIES, { r: links }, stranger)).data._entities).toMatchObject([{ deployments: { edges: [] } }, { deployments: { edges: [] } }]);
    const document = parse('subscription ($id: ID!) { deploymentUpdated(id: $id) { id } }');
    const stream = await subscribeOperation(bench.subgraph, { document, variables: { id }, scope: { requestId: newId(), caller: stranger } });
    expect(stream).toMatchObject({ errors: [{ extensions: { code: 'DEPLOYMENT_NOT_FOUND' } }] });
  });

  it('answers members of the namespace on the same paths', async () => {
    const references = [
      { __typename: 'Deployment', id }, { __typename: 'Deployment', fullName: 'blue/one' }, { __typename: 'Revision', id: revisionId },
      { __typename: 'Model', id: model.id }, { __typename: 'ModelVersion', id: model.versionIds[0] }, { __typename: 'Deployment', id: 'no id' },
    ];
    const served = { deployments: { edges: [{ node: { fullName: 'blue/one' } }] } };
    expect((await bench.ask(ENTITIES, { r: references }, withRole('VIEWER'))).data._entities).toMatchObject([{ fullName: 'blue/one' }, { fullName: 'blue/one' }, { number: 1 }, served, served, null]);
  });

  it.each(Object.keys(MUTATIONS))('lets no one below DEVELOPER do %s, and tells a stranger there is no such deployment', async (name) => {
    for (const role of ROLES.slice(0, ROLES.indexOf('DEVELOPER'))) expect((await bench.ask(mutation(name), { d: 'blue/one' }, withRole(role))).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask(mutation(name), { d: 'blue/one' }, stranger)).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
    expect((await bench.ask(mutation(name), { d: id }, stranger)).codes).toEqual(['DEPLOYMENT_NOT_FOUND']);
  });

  it('lets no one deploy into a namespace, or a model of one, without a role there', async () => {
    expect((await bench.ask(CREATE, { namespace: 'blue', name: 'x', model: 'blue/m' }, withRole('CALLER'))).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask(CREATE, { namespace: 'blue', name: 'x', model: 'blue/m' }, stranger)).codes).toEqual(['NAMESPACE_NOT_FOUND']);
    expect((await bench.ask(CREATE, { namespace: 'red', name: 'x', model: 'blue/m' }, stranger)).codes).toEqual(['MODEL_NOT_FOUND']);
  });

  it('shows workers to operators alone', async () => {
    const developer = withRole('DEVELOPER');
    expect((await bench.ask('{ workers { id } }', {}, developer)).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask('mutation ($id: ID!) { drainWorker(input: { id: $id }) { worker { id } } }', { id: worker.id }, developer)).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask('mutation { drainWorker(input: { id: "none" }) { worker { id } } }')).codes).toEqual(['WORKER_NOT_FOUND']);
    const replicas = '{ deployment(fullName: "blue/one") { replicas { state worker { name memoryBytes } } } }';
    expect((await bench.ask(replicas, {}, developer)).data.deployment.replicas).toEqual([{ state: 'READY', worker: null }]);
    expect((await bench.ask(replicas)).data.deployment.replicas).toEqual([{ state: 'READY', worker: { name: 'a', memoryBytes: String(1_048_576 * MEBIBYTE) } }]);
  });

  it('streams each new state, the states of the replicas included, and ends with the deployment', async () => {
    const created = await bench.ask(CREATE, { namespace: 'blue', name: 'watched', model: 'blue/m' });
    const watched = created.data.createDeployment.deployment.id;
    const document = parse('subscription ($id: ID!) { deploymentUpdated(id: $id) { status replicas { state } } }');
    const stream = await subscribeOperation(bench.subgraph, { document, variables: { id: watched }, scope: { requestId: newId(), caller: withRole('VIEWER') } });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    const states: unknown[] = [];
    const reading = (async () => { for await (const { data } of stream) states.push(JSON.parse(JSON.stringify(data?.['deploymentUpdated']))); })();
    await eventually(() => expect(states).toEqual([{ status: 'PENDING', replicas: [] }]));
    await bench.reconciler.pass();
    await eventually(() => expect(states.at(-1)).toEqual({ status: 'PROGRESSING', replicas: [{ state: 'ASSIGNED' }] }));
    await bench.settle([worker]);
    await eventually(() => expect(states.at(-1)).toEqual({ status: 'READY', replicas: [{ state: 'READY' }] }));
    await bench.ask(mutation('deleteDeployment'), { d: watched });
    await reading;
    expect(states.at(-1)).toMatchObject({ status: 'DELETED' });
  });

  it('writes an audit event with every mutation, in its transaction', async () => {
    await bench.ask(CREATE, { namespace: 'blue', name: 'audited', model: 'blue/m' });
    for (const name of Object.keys(MUTATIONS)) {
      if (name === 'createRelease' || name === 'rollbackDeployment') await bench.settle([worker]);
      expect((await bench.ask(mutation(name), { d: 'blue/audited' })).codes).toEqual([]);
    }
    const other = await BenchWorker.join(bench, 'other');
    await bench.ask('mutation ($id: ID!) { drainWorker(input: { id: $id }) { worker { id } } }', { id: other.id });
    await bench.placement.leave(other.id);
    const rows = await bench.fresh.database.query<{ action: string; namespace: string | null }>({ text: 'select action, namespace from audit_event order by created_at desc, id desc limit $1', values: [Object.keys(MUTATIONS).length + 2] });
    expect(rows.reverse()).toEqual([
      { action: 'createDeployment', namespace: 'blue' }, ...Object.keys(MUTATIONS).map((action) => ({ action, namespace: 'blue' })), { action: 'drainWorker', namespace: null },
    ]);
  });

  it('costs a constant number of statements, however long the list', async () => {
    for (let number = 0; number < 100; number += 1) await bench.ask(CREATE, { namespace: 'red', name: `d${number}`, model: 'red/n' });
    await bench.settle([worker]);
    const list = `query ($n: Int!) { deployments(namespace: "red", first: $n) { edges { node { fullName status reason { code } namespace { name } model { id deployments(first: 2) { edges { node { id } } } } createdBy { id }
      release { revision { number } } nextRelease { number } replicas { state revision { number modelVersion { id deployments(first: 3) { edges { node { id } } } } } worker { name } }
      revisions(first: 5) { edges { node { number deployment { name } resources { memoryBytes } batching { maxBatchSize chosenMaxBatch } limits { timeoutMs } } } }
      releases { edges { node { number revision { number } } } } events(first: 3) { edges { node { kind } } } } } } }`;
    const cost = async (n: number) => {
      let answer: Awaited<ReturnType<DeploymentBench['ask']>> | null = null;
      const statements = await statementsOf(async () => { answer = await bench.ask(list, { n }); });
      expect(answer!.codes).toEqual([]);
      expect(answer!.data.deployments.edges).toHaveLength(n);
      expect(answer!.data.deployments.edges[0].node).toMatchObject({ status: 'READY', replicas: [{ state: 'READY' }], revisions: { edges: [{ node: { number: 1 } }] } });
      return statements.length;
    };
    // Twelve edges. Revisions are reached on several ways, whose answers may come in one turn of the event loop or in two.
    for (const n of [2, 100]) expect(await cost(n)).toBeLessThanOrEqual(16);
  });

  it('pages through deployments without missing or repeating one', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await bench.ask('query ($after: String) { deployments(namespace: "red", status: [READY, PENDING], first: 33, after: $after) { edges { node { fullName } } pageInfo { hasNextPage endCursor } } }', { after });
      seen.push(...data.deployments.edges.map(({ node }: { node: { fullName: string } }) => node.fullName));
      after = data.deployments.pageInfo.hasNextPage ? data.deployments.pageInfo.endCursor : null;
    } while (after);
    expect(new Set(seen).size).toBe(100);
    expect(seen).toHaveLength(100);
  });
});
