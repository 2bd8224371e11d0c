import { Incarnation } from '../../workers/incarnation';
import type { ItemResult } from '../../subgraphs/inference/worker.contract';
import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import { eventually } from './eventually';
import { numbers, valuesOf } from './fake-runner';
import type { ChunkRow } from './memory-ledger';
import { makeWorkerBench, type WorkerBench } from './worker-bench';

/** One life of a worker over a ledger in memory, and jobs of it. */
export interface IncarnationBench extends WorkerBench {
  incarnation: Incarnation;
  /** Assigns the revisions and waits until they are READY. */
  serve(...revisions: RevisionSpec[]): Promise<void>;
  /** A job of one chunk whose items hold these numbers. */
  submit(items: number[][], to?: RevisionSpec, deadlineAt?: Date | null): ChunkRow;
  /** Values, or codes, of the items of a job that was finished exactly once. */
  outcomes(row: ChunkRow): Promise<unknown[]>;
}

/** @param revision whose jobs `submit` makes where it is told no other */
export async function makeIncarnationBench(revision: RevisionSpec): Promise<IncarnationBench> {
  const bench = await makeWorkerBench();
  const incarnation = new Incarnation('worker-1', bench.parts);
  await incarnation.start();
  return {
    ...bench,
    incarnation,
    serve: async (...revisions) => {
      bench.placement.wanted = revisions.map((each) => ({ replicaId: `replica-${each.id}`, revision: each, profile: null }));
      incarnation.reconcile(bench.placement.wanted);
      await eventually(() => expect(bench.placement.states().filter((state) => state === 'READY')).toHaveLength(revisions.length));
    },
    submit: (items, to = revision, deadlineAt = null) => bench.ledger.submit(items.map((values) => numbers(...values)), { revisionId: to.id, deadlineAt }),
    outcomes: async (row) => {
      await eventually(() => expect(row.status).toBe('FINISHED'));
      expect(row.finishes).toBe(1);
      return row.results!.map(outcomeOf);
    },
    remove: async () => {
      await incarnation.drop();
      await bench.remove();
    },
  };
}

function outcomeOf(result: ItemResult): unknown {
  if ('error' in result) return result.error.code;
  const [tensor] = result.outputs;
  return tensor && 'data' in tensor ? valuesOf(tensor) : tensor;
}
