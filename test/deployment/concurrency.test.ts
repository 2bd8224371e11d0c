import { silentLog, type Log } from '../../platform/log';
import { openDatabase } from '../../platform/database/open-database';
import { deploymentEntities, Reconciler } from '../../subgraphs/deployment';
import { BenchWorker, deploymentBench, makeModel, MEBIBYTE, type DeploymentBench } from '../support/deployments';
import { eventually } from '../support/eventually';

const LIST = `{ deployments(first: 100) { edges { node { fullName status desiredReplicas reason { code } nextRelease { number } release { revision { number } }
  replicas { state revision { number } worker { name } } } } } }`;
const OPERATIONS = ['scaleDeployment', 'createRevision', 'createRelease', 'rollbackDeployment', 'stopDeployment', 'startDeployment'] as const;

interface Node {
  status: string;
  desiredReplicas: number;
  nextRelease: object | null;
  release: { revision: { number: number } };
  replicas: { state: string; revision: { number: number } }[];
}

describe('two control loops over one database', () => {
  let bench: DeploymentBench;
  const faults: unknown[] = [];
  const log = Object.assign(Object.create(silentLog()) as Log, { warn: (fault: unknown) => { faults.push(fault); } });
  const loops: { stop: () => Promise<void> }[] = [];

  beforeAll(async () => {
    bench = await deploymentBench();
    await makeModel(bench, 'm', { versions: 3 });
    for (let number = 0; number < 2; number += 1) {
      const database = await openDatabase({ url: bench.fresh.url, poolSize: 4, entities: deploymentEntities, log: silentLog() });
      const reconciler = new Reconciler({ database, bus: bench.bus, log, backlog: null });
      await reconciler.start();
      loops.push({ stop: async () => { await reconciler.stop(); await database.close(); } });
    }
  });
  afterAll(async () => {
    for (const { stop } of loops) await stop();
    await bench.fresh.drop();
  });

  it('bring every deployment to what was wished last, while wishes change and workers come and go', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `d${index}`);
    await Promise.all(names.map((name) => bench.ask('mutation ($name: String!) { createDeployment(input: { name: $name, model: "default/m", version: 1, replicas: 2, resources: { memoryBytes: 67108864 } }) { deployment { id } } }', { name })));
    const workers = new Map<string, BenchWorker>();
    const join = async (name: string) => { workers.set(name, await BenchWorker.join(bench, name, 2_048 * MEBIBYTE)); };
    await Promise.all(['a', 'b', 'c'].map(join));
    let isBusy = true;
    const looking = (async () => { while (isBusy) await Promise.all([...workers.values()].map((worker) => worker.look())); })();

    for (let round = 0; round < 12; round += 1) {
      await Promise.all([
        join(['a', 'b', 'c'][round % 3]!),
        ...names.map((name, index) => change(name, OPERATIONS[(round + index) % OPERATIONS.length]!, 1 + (round % 3))),
      ]);
    }
    await Promise.all(names.map((name) => change(name, 'startDeployment', 1)));

    await eventually(async () => {
      const nodes: Node[] = (await bench.ask(LIST)).data.deployments.edges.map(({ node }: { node: Node }) => node);
      expect(nodes).toHaveLength(names.length);
      for (const { status, desiredReplicas, nextRelease, release, replicas } of nodes) {
        expect({ status, nextRelease }).toEqual({ status: 'READY', nextRelease: null });
        const held = replicas.filter(({ state }) => ['ASSIGNED', 'LOADING', 'READY', 'STOPPING'].includes(state));
        expect(held.map(({ state, revision }) => [state, revision.number])).toEqual(Array.from({ length: desiredReplicas }, () => ['READY', release.revision.number]));
      }
    }, { timeoutMs: 30_000, intervalMs: 200 });
    isBusy = false;
    await looking;
    expect(faults).toEqual([]);
  });

  /** Some wishes are refused, such as a rollback with nothing to return to; none may fail otherwise. */
  async function change(name: string, operation: (typeof OPERATIONS)[number], n: number): Promise<void> {
    const deployment = `deployment: "default/${name}"`;
    const text = {
      scaleDeployment: `scaleDeployment(input: { ${deployment}, replicas: ${n} }) { deployment { id } }`,
      createRevision: `createRevision(input: { ${deployment}, version: ${n} }) { revision { id } }`,
      createRelease: `createRelease(input: { ${deployment}, revision: ${n} }) { release { id } }`,
      rollbackDeployment: `rollbackDeployment(input: { ${deployment} }) { release { id } }`,
      stopDeployment: `stopDeployment(input: { ${deployment} }) { deployment { id } }`,
      startDeployment: `startDeployment(input: { ${deployment} }) { deployment { id } }`,
    }[operation];
    const { codes, messages } = await bench.ask(`mutation { ${text} }`);
    if (codes.some((code) => code !== 'DEPLOYMENT_STATE' && code !== 'REVISION_NOT_FOUND')) throw new Error(messages.join('\n'));
  }
});
