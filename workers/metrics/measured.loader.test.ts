import { Registry } from 'prom-client';
import { FakeRunners } from '../../test/support/fake-runner';
import { makeRevision } from '../../test/support/worker-bench';
import { MeasuredRunnerLoader } from './measured.loader';
import { WorkerMetrics } from './worker.metrics';

describe('the measured loader', () => {
  it('counts a runner that replaces another, and no first one', async () => {
    const registry = new Registry();
    const loader = new MeasuredRunnerLoader(new FakeRunners(), new WorkerMetrics(registry));
    const [spec, twin] = [makeRevision({ deploymentId: 'echo' }), makeRevision({ deploymentId: 'echo' })];
    await loader.load(spec, 'model');
    await loader.load(twin, 'model');
    const restarts = async () => (await registry.metrics()).match(/^modelgraph_worker_runner_restarts_total.*$/gm);
    expect(await restarts()).toBeNull();
    await loader.load(spec, 'model');
    expect(await restarts()).toEqual(['modelgraph_worker_runner_restarts_total{deployment="echo"} 1']);
  });
});
