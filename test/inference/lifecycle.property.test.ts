import fc from 'fast-check';
import { isFinal, JOB_LIFECYCLE, type JobStatus } from '../../subgraphs/inference/job/job.lifecycle';
import { LoadStore } from '../../subgraphs/inference/load/load.store';
import type { Lease } from '../../subgraphs/inference/worker.contract';
import { makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

type Step =
  | { do: 'claim' | 'lose'; chunk: number; worker: number }
  | { do: 'finish'; chunk: number; worker: number; isFailing: boolean }
  | { do: 'cancel' | 'retry' | 'expire' };

/** What the ledger should hold, by the plain rules: a chunk's run counts only for who holds its present lease. */
interface ModelChunk { status: JobStatus; lease: number; worker: number | null; strikes: number }
interface Model { status: JobStatus; attempt: number; seq: number; chunks: ModelChunk[] }

const CHUNKS = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('claim' as const, 'claim' as const, 'lose' as const), chunk: fc.nat(CHUNKS - 1), worker: fc.nat(1) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), chunk: fc.nat(CHUNKS - 1), worker: fc.nat(1), isFailing: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'retry' as const, 'expire' as const) }) },
);

function settle(model: Model): void {
  if (model.chunks.some(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED')) return;
  model.status = model.chunks.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'SUCCEEDED';
}

function end(model: Model, to: JobStatus): void {
  model.seq += 1;
  model.status = to;
  for (const chunk of model.chunks) if (!isFinal(chunk.status)) chunk.status = to;
}

function predict(model: Model, action: Step): void {
  if ('chunk' in action) return predictChunk(model, action);
  if (action.do === 'retry') {
    if (!['FAILED', 'CANCELED', 'EXPIRED'].includes(model.status)) return;
    Object.assign(model, { status: 'QUEUED', attempt: model.attempt + 1, seq: model.seq + 1 });
    for (const chunk of model.chunks) if (chunk.status !== 'SUCCEEDED') Object.assign(chunk, { status: 'QUEUED', lease: chunk.lease + 1, worker: null, strikes: 0 });
  } else if (!isFinal(model.status)) {
    end(model, action.do === 'cancel' ? 'CANCELED' : 'EXPIRED');
  }
}

function predictChunk(model: Model, action: Extract<Step, { chunk: number }>): void {
  const chunk = model.chunks[action.chunk]!;
  const isHeld = chunk.status === 'RUNNING' && chunk.worker === action.worker;
  if (action.do === 'claim' && chunk.status === 'QUEUED') {
    Object.assign(chunk, { status: 'RUNNING', worker: action.worker });
    if (model.status === 'QUEUED') Object.assign(model, { status: 'RUNNING', seq: model.seq + 1 });
  } else if (action.do === 'finish' && (isHeld || chunk.status === 'QUEUED')) {
    Object.assign(chunk, { status: action.isFailing ? 'FAILED' : 'SUCCEEDED' });
    model.seq += model.status === 'QUEUED' ? 2 : 1;
    model.status = 'RUNNING';
    settle(model);
  } else if (action.do === 'lose' && (isHeld || chunk.status === 'QUEUED')) {
    model.seq += isHeld ? 1 : 0;
    const strikes = chunk.strikes + (isHeld ? 1 : 0);
    Object.assign(chunk, { status: strikes === 3 ? 'FAILED' : 'QUEUED', lease: chunk.lease + 1, worker: null, strikes });
    settle(model);
  }
}

describe('the lifecycle of a job', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  let workers: string[];

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
    workers = await Promise.all([bench.addWorker(), bench.addWorker()]);
  });
  afterAll(() => bench.close());

  async function perform(id: string, model: Model, action: Step): Promise<void> {
    const lease = ({ chunk }: { chunk: number }): Lease => ({ jobId: id, chunk, lease: model.chunks[chunk]!.lease });
    switch (action.do) {
      case 'claim': await bench.ledger.claim(workers[action.worker]!, [lease(action)]); break;
      case 'finish': await bench.ledger.finish(workers[action.worker]!, [makeFinished(lease(action), 1, action.isFailing ? [0] : [])]); break;
      case 'lose': await bench.ledger.giveBack(workers[action.worker]!, [lease(action)], { code: 'RUNNER_CRASHED', message: 'crashed' }); break;
      case 'cancel': await bench.services.jobs.cancel(SCOPE, id).catch(() => undefined); break;
      case 'retry': await bench.services.jobs.retry(SCOPE, id).catch(() => undefined); break;
      case 'expire':
        await bench.database.query({ text: `update job set expires_at = now() - interval '1 s' where id = $1 and finished_at is null`, values: [id] });
        await bench.services.sweeper.sweep({ isSteady: false });
        break;
      default: action satisfies never;
    }
  }

  async function stateOf(id: string): Promise<Model & { finished: number; events: { seq: number; kind: string }[] }> {
    const [job] = await bench.services.store.byIds([id]);
    const chunks = await bench.database.query<ModelChunk>({ text: 'select status, lease from job_chunk where job_id = $1 order by chunk', values: [id] });
    const events = await bench.database.query<{ seq: number; kind: string }>({ text: 'select seq, kind from job_event where job_id = $1 order by seq', values: [id] });
    return { status: job!.status, attempt: job!.attempt, seq: job!.seq, finished: job!.finishedCount, chunks, events };
  }

  it('follows the model through any order of claims, results, losses, cancels, retries and deadlines', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const id = await bench.submit(deployed.fullName, CHUNKS);
      const model: Model = { status: 'QUEUED', attempt: 1, seq: 1, chunks: Array.from({ length: CHUNKS }, () => ({ status: 'QUEUED', lease: 1, worker: null, strikes: 0 })) };
      for (const action of steps) {
        await perform(id, model, action);
        predict(model, action);
      }
      const { events, finished, ...state } = await stateOf(id);
      expect(state).toEqual({ ...model, chunks: model.chunks.map(({ status, lease }) => ({ status, lease })) });
      expect(await new LoadStore(bench.database).recount()).toBe(0);
      expect(finished).toBe(model.chunks.filter(({ status }) => status === 'SUCCEEDED' || status === 'FAILED').length);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: model.seq }, (_, index) => index + 1));
      if (isFinal(state.status)) expect(events.at(-1)!.kind).toBe(state.status);
    }), { numRuns: 40 });
  });

  it('leaves no final state but by a retry', () => {
    expect(Object.entries(JOB_LIFECYCLE).filter(([, next]) => next.length === 0).map(([status]) => status)).toEqual(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);
  });
});
