import type { BatchProfile, BatchTime } from '../../subgraphs/deployment/worker.contract';

/** A gain by less is lost again to requests that wait for each other and to noise. */
const WORTHWHILE = 1.15;
/** Of sizes about as fast the smallest makes requests wait least. */
const AS_FAST = 0.95;

export type BatchChoice = Pick<BatchProfile, 'chosenMaxBatch' | 'gain' | 'reason'>;

/** Picks the batch size by what was measured; `stopped` says why no larger one was. */
export function chooseBatch(table: readonly BatchTime[], stopped: string | null): BatchChoice {
  const rate = ({ batchSize, msPerBatch }: BatchTime): number => batchSize / msPerBatch;
  const best = Math.max(...table.map(rate));
  const chosen = table.find((each) => rate(each) >= AS_FAST * best)!;
  const gainOf = (each: BatchTime): number => Number((rate(each) / rate(table[0]!)).toFixed(3));
  const limit = stopped === null ? '' : ` ${stopped}`;
  if (gainOf(chosen) >= WORTHWHILE && chosen.batchSize > 1) {
    const reason = `Batches of ${chosen.batchSize} run ${gainOf(chosen).toFixed(2)} times as many items a second as one at a time.${limit}`;
    return { chosenMaxBatch: chosen.batchSize, gain: gainOf(chosen), reason };
  }
  const others = table.slice(1);
  if (others.length === 0) return { chosenMaxBatch: 1, gain: 1, reason: `No batch was measured.${limit}` };
  const nearest = others.reduce((most, each) => (rate(each) > rate(most) ? each : most));
  const reason = `No batch pays: the best, of ${nearest.batchSize}, runs ${gainOf(nearest).toFixed(2)} times as many items a second as one at a time.${limit}`;
  return { chosenMaxBatch: 1, gain: 1, reason };
}
