import crypto from 'node:crypto';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { ServingTarget } from '../submit/serving-directory';

/** What is asked of a deployment that uses results again. */
export interface ResultQuestion {
  inputs: readonly RawTensor[];
  /** The outputs wanted; null: all. */
  outputs: readonly string[] | null;
}

/**
 * Names everything that a result depends on: the namespace, the revision (immutable: version, settings), when reuse was last set, the inputs by name with
 * datatype, shape and bytes, the outputs wanted. The order of inputs and outputs does not matter, every bit of the data does: 0 and −0 are two questions.
 * Every part is preceded by its length, so that no two questions make the same text.
 */
export function resultKey({ namespace, revision, resultReuse }: ServingTarget, { inputs, outputs }: ResultQuestion): string {
  const hash = crypto.createHash('sha256');
  const wanted = outputs === null ? null : [...new Set(outputs)].sort();
  part(hash, JSON.stringify([namespace, revision!.id, resultReuse!.since.getTime(), wanted]));
  for (const { name, datatype, shape, data } of [...inputs].sort((one, other) => (one.name < other.name ? -1 : 1))) {
    part(hash, JSON.stringify([name, datatype, shape]));
    part(hash, data);
  }
  return hash.digest('hex');
}

function part(hash: crypto.Hash, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  hash.update(`${bytes.byteLength}:`).update(bytes);
}
