import { createHash } from 'node:crypto';
import type { Sampling } from '../../../platform/generation/sampling';

/**
 * Chooses the token that follows: penalty, temperature, top-k, top-p, in the order of Hugging Face's processors. What is drawn depends on the seed and the
 * position alone, so a step that is run again, in another process even, gives the same token.
 * @param logits of the last position, one for each token of the vocabulary; changed where there is a penalty
 * @param tokens the sequence so far
 * @throws Error when the logits hold NaN or +Infinity, or exclude every token
 */
export function chooseToken(logits: Float32Array, tokens: Int32Array, sampling: Sampling): number {
  check(logits);
  if (sampling.repetitionPenalty !== 1) penalise(logits, tokens, sampling.repetitionPenalty);
  const best = indexOfGreatest(logits);
  if (sampling.temperature === 0) return best;
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < logits.length; id++) weights[id] = Math.exp((logits[id]! - logits[best]!) / sampling.temperature);
  return drawn(weights, candidates(weights, sampling), lot(sampling.seed, tokens.length));
}

function check(logits: Float32Array): void {
  let isAnyPossible = false;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!;
    if (Number.isNaN(logit) || logit === Infinity) throw new Error(`The model gave ${logit} for the logit of token ${id}; no token can be chosen.`);
    if (logit !== -Infinity) isAnyPossible = true;
  }
  if (!isAnyPossible) throw new Error('The model gave -Infinity for the logits of all tokens; no token can be chosen.');
}

function penalise(logits: Float32Array, tokens: Int32Array, penalty: number): void {
  for (const id of new Set(tokens)) {
    const logit = logits[id];
    if (logit !== undefined) logits[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

/** Of equals the first. */
function indexOfGreatest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}

/** Those that may be drawn, most likely first; null: all. */
function candidates(weights: Float64Array, { topK, topP }: Sampling): number[] | null {
  const isFew = topK > 0 && topK < weights.length;
  if (!isFew) return topP === 1 ? null : nucleus(weights, mostLikely(weights, leastOfNucleus(weights, topP)), topP * sumOf(weights));
  // Equals of the last one would be too many.
  const few = mostLikely(weights, Float64Array.from(weights).sort().at(-topK)!).slice(0, topK);
  return topP === 1 ? few : nucleus(weights, few, topP * sumOf(few.map((id) => weights[id]!)));
}

function mostLikely(weights: Float64Array, least: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! >= least) ids.push(id);
  return ids.sort((one, other) => weights[other]! - weights[one]! || one - other);
}

/** All tokens below this together have less than 1 - p, so none of them is in the nucleus: sorting a whole vocabulary would cost as much as a small model's step. */
function leastOfNucleus(weights: Float64Array, topP: number): number {
  return (sumOf(weights) * (1 - topP)) / weights.length;
}

/** The fewest that weigh so much together, one at least. */
function nucleus(weights: Float64Array, ids: number[], wanted: number): number[] {
  let [count, had] = [0, 0];
  while (count < ids.length && (count === 0 || had < wanted)) {
    had += weights[ids[count]!]!;
    count += 1;
  }
  return ids.slice(0, count);
}

function drawn(weights: Float64Array, ids: number[] | null, share: number): number {
  const count = ids?.length ?? weights.length;
  let left = share * (ids === null ? sumOf(weights) : sumOf(ids.map((id) => weights[id]!)));
  let last = 0;
  for (let position = 0; position < count; position++) {
    const id = ids === null ? position : ids[position]!;
    if (weights[id] === 0) continue;
    left -= weights[id]!;
    last = id;
    if (left < 0) break;
  }
  // Rounding may leave a little beyond the last.
  return last;
}

function sumOf(values: Float64Array | number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Evenly from 0 to 1. A hash and no generator with a state: a step knows no earlier one. */
function lot(seed: number, position: number): number {
  const bits = createHash('sha256').update(`${seed}/${position}`).digest().readUIntBE(0, 6);
  return bits / 2 ** 48;
}
