import type { Signature, TensorSpec } from '../../platform/tensor/tensor';
import { eventually } from '../support/eventually';
import { endlessModel, identityModel } from '../support/onnx';
import { makeServing, SCOPE, type Serving } from '../support/serving';

const vector = (name: string): TensorSpec => ({ name, datatype: 'FP32', shape: [{ size: null, name: 'n' }] });
const scalar = (name: string): TensorSpec => ({ name, datatype: 'FP32', shape: [] });
const IDENTITY: Signature = { inputs: [vector('x')], outputs: [vector('y')] };
const ENDLESS: Signature = { inputs: [scalar('x')], outputs: [scalar('y')] };

const item = (...values: number[]) => ({ inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [values.length], json: values }] });
const endless = { inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [], json: 1 }] };

let serving: Serving;
beforeEach(async () => { serving = await makeServing(); });
afterEach(() => serving.close());

async function hasStatus(id: string, status: string): Promise<void> {
  await eventually(async () => expect(await serving.job(id)).toMatchObject({ status }), { timeoutMs: 30_000 });
}

async function workers(): Promise<{ id: string; name: string; state: string }[]> {
  return serving.database.query({ text: 'select id, name, state from worker order by created_at', values: [] });
}

describe('worker processes', () => {
  it('register, load, run jobs of many items and leave at SIGTERM', async () => {
    const supervisor = serving.startWorkers('a');
    await serving.deploy('echo', identityModel(), IDENTITY);
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, job) => serving.submit('echo', Array.from({ length: 50 }, (_, value) => item(job, value)))));
    for (const job of jobs) await hasStatus(job, 'SUCCEEDED');
    await supervisor.stop();
    expect(supervisor.pids).toEqual([]);
    expect(await workers()).toMatchObject([{ name: 'a', state: 'GONE' }]);
  });

  it('end the endless run of a cancelled job and go on serving', async () => {
    serving.startWorkers('a');
    await serving.deploy('endless', endlessModel(), ENDLESS, { timeoutMs: 600_000 });
    const [cancelled, next] = [await serving.submit('endless', [endless]), await serving.submit('endless', [endless])];
    await hasStatus(cancelled, 'RUNNING');
    await serving.inference.jobs.cancel(SCOPE, cancelled);
    await hasStatus(cancelled, 'CANCELED');
    await hasStatus(next, 'RUNNING');
    await serving.inference.jobs.cancel(SCOPE, next);
    await serving.deploy('echo', identityModel(), IDENTITY);
    await hasStatus(await serving.submit('echo', [item(1)]), 'SUCCEEDED');
    expect((await workers())).toHaveLength(1);
  });

  it('fail a run that takes too long, and nothing beside it', async () => {
    serving.startWorkers('a');
    await serving.deploy('endless', endlessModel(), ENDLESS, { timeoutMs: 500 });
    await serving.deploy('echo', identityModel(), IDENTITY);
    const [late, quick] = [await serving.submit('endless', [endless]), await serving.submit('echo', [item(1)])];
    await hasStatus(quick, 'SUCCEEDED');
    await hasStatus(late, 'FAILED');
    expect(await serving.job(late)).toMatchObject({ errorCode: 'INFERENCE_TIMEOUT' });
  });

  it('that are killed are replaced, and what they ran is run again', async () => {
    const supervisor = serving.startWorkers('a');
    await serving.deploy('endless', endlessModel(), ENDLESS, { timeoutMs: 3_000 });
    const job = await serving.submit('endless', [endless]);
    await hasStatus(job, 'RUNNING');
    const [pid] = supervisor.pids;
    process.kill(pid!, 'SIGKILL');
    await hasStatus(job, 'FAILED');
    expect(await serving.job(job)).toMatchObject({ errorCode: 'INFERENCE_TIMEOUT', attempt: 2 });
    expect(supervisor.pids).not.toContain(pid);
    expect(await workers()).toMatchObject([{ name: 'a', state: 'GONE' }, { name: 'a', state: 'ACTIVE' }]);
  });

  it('that end are known to be lost before their successor is up, and what they ran is queued again', async () => {
    const supervisor = serving.startWorkers('a');
    await serving.deploy('endless', endlessModel(), ENDLESS, { timeoutMs: 600_000 });
    const job = await serving.submit('endless', [endless]);
    await hasStatus(job, 'RUNNING');
    process.kill(supervisor.pids[0]!, 'SIGKILL');
    await eventually(async () => expect(await serving.job(job)).toMatchObject({ attempt: 2 }), { timeoutMs: 20_000 });
    const [requeued] = await serving.database.query<{ isEarly: boolean }>({
      text: `select at < (select max(created_at) from worker) as "isEarly" from job_event where job_id = $1 and kind = 'REQUEUED'`, values: [job],
    });
    expect(requeued).toEqual({ isEarly: true });
    await serving.inference.jobs.cancel(SCOPE, job);
  });

  it('are missed alike however often they were killed before', async () => {
    const supervisor = serving.startWorkers('a');
    await serving.deploy('echo', identityModel(), IDENTITY);
    for (let kills = 0; kills < 3; kills += 1) {
      const serves = `select from replica join worker on worker.id = worker_id where worker.pid = $1 and replica.state = 'READY'`;
      await eventually(async () => expect(await serving.database.query({ text: serves, values: supervisor.pids })).toHaveLength(1), { timeoutMs: 20_000 });
      const [pid] = supervisor.pids;
      process.kill(pid!, 'SIGKILL');
      await eventually(() => expect(supervisor.pids).not.toContain(pid));
    }
    await eventually(() => expect(serving.supervised).toMatchObject(Array(3).fill({ how: 'SIGKILL', backoffMs: 200 })));
  });

  it('give back at SIGTERM what outlives the grace, and another worker takes it', async () => {
    const first = serving.startWorkers('a');
    await serving.deploy('endless', endlessModel(), ENDLESS, { timeoutMs: 60_000 });
    const job = await serving.submit('endless', [endless]);
    await hasStatus(job, 'RUNNING');
    serving.startWorkers('b');
    await eventually(async () => expect(await workers()).toHaveLength(2), { timeoutMs: 20_000 });
    await first.stop();
    await eventually(async () => expect((await serving.job(job)).attempt).toBe(2), { timeoutMs: 40_000 });
    await serving.inference.jobs.cancel(SCOPE, job);
  });

  it('that were declared gone drop their work and register again', async () => {
    serving.startWorkers('a');
    await serving.deploy('echo', identityModel(), IDENTITY);
    await serving.database.query({ text: `update worker set state = 'GONE', gone_at = now()`, values: [] });
    await serving.database.query({ text: `update replica set state = 'LOST'`, values: [] });
    await eventually(async () => expect(await workers()).toMatchObject([{ state: 'GONE' }, { state: 'ACTIVE' }]));
    await hasStatus(await serving.submit('echo', [item(1)]), 'SUCCEEDED');
  });
});
