import { ROOT_CONTEXT, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanStart, Tracing } from '../platform/trace/tracing';
import { MemoryLedger } from '../test/support/memory-ledger';
import type { ClaimedChunk, Lease } from '../subgraphs/inference/worker.contract';
import { TracedLedger } from './traced.ledger';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const timing = { heldMs: 9, batchWaitMs: 1, computeMs: 5, ownComputeMs: 5, batchSize: 2 };

/** A ledger whose jobs are traced, or not. */
class Jobs extends MemoryLedger {
  constructor(private readonly traceparent: string | null) {
    super();
  }

  override async claim(workerId: string, leases: Lease[]): Promise<ClaimedChunk[]> {
    return (await super.claim(workerId, leases)).map((chunk) => ({ ...chunk, traceparent: this.traceparent }));
  }

  override async peek(leases: Lease[]): Promise<ClaimedChunk[]> {
    return (await super.peek(leases)).map((chunk) => ({ ...chunk, traceparent: this.traceparent }));
  }
}

function make(traceparent: string | null = TRACEPARENT) {
  const exporter = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test');
  const tracing: Tracing = {
    start: (name: string, { parent, ...options }: SpanStart): Span => tracer.startSpan(name, options, parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT),
  };
  const jobs = new Jobs(traceparent);
  const { jobId } = jobs.submit([[]]);
  const lease = { jobId, chunk: 0, lease: 1 };
  return { ledger: new TracedLedger(jobs, tracing), jobs, lease, ended: () => exporter.getFinishedSpans() };
}

describe('a traced chunk', () => {
  it('has one span from its first reading until its result is written', async () => {
    const { ledger, lease, ended } = make();
    await ledger.peek([lease]);
    await ledger.claim('worker', [lease]);
    expect(ended()).toEqual([]);
    expect(await ledger.finish('worker', [{ ...lease, items: [{ outputs: [] }], timing }])).toEqual([]);
    expect(ended()).toHaveLength(1);
    const [span] = ended();
    expect(span!.parentSpanContext).toMatchObject({ spanId: '00f067aa0ba902b7' });
    expect(span!.attributes).toMatchObject({ 'modelgraph.job.id': lease.jobId, 'modelgraph.compute_ms': 5, 'modelgraph.batch_size': 2 });
    expect(span!.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('tells the code of a failed item, and never its message', async () => {
    const { ledger, lease, ended } = make();
    await ledger.claim('worker', [lease]);
    await ledger.finish('worker', [{ ...lease, items: [{ error: { code: 'INFERENCE_FAILED', message: 'secret' } }], timing }]);
    expect(ended()[0]!.attributes).toMatchObject({ 'error.type': 'INFERENCE_FAILED' });
    expect(JSON.stringify([ended()[0]!.attributes, ended()[0]!.status])).not.toContain('secret');
  });

  it('ends in error when it is given back, taken away or canceled', async () => {
    const codes = await Promise.all([
      async ({ ledger, lease }: ReturnType<typeof make>) => ledger.giveBack('worker', [lease], { code: 'RUNNER_CRASHED', message: 'gone' }),
      async ({ ledger, lease, jobs }: ReturnType<typeof make>) => { jobs.takeAway(jobs.rows.get(lease.jobId)!); await ledger.finish('worker', [{ ...lease, items: [{ outputs: [] }], timing }]); },
      async ({ ledger, lease, jobs }: ReturnType<typeof make>) => { jobs.cancel(jobs.rows.get(lease.jobId)!); await ledger.revoked('worker', [lease]); },
    ].map(async (end) => {
      const made = make();
      await made.ledger.claim('worker', [made.lease]);
      await end(made);
      return made.ended().map(({ attributes }) => attributes['error.type']);
    }));
    expect(codes).toEqual([['RUNNER_CRASHED'], ['WORKER_LOST'], ['JOB_CANCELED']]);
  });

  it.each([['no trace', null], ['one that is broken', 'hello']])('is none when its job has %s', async (_title, traceparent) => {
    const { ledger, lease, ended } = make(traceparent);
    await ledger.claim('worker', [lease]);
    await ledger.finish('worker', [{ ...lease, items: [{ outputs: [] }], timing }]);
    expect(ended()).toEqual([]);
  });
});
