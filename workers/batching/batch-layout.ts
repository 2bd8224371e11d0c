import { batchAxisOf } from '../../platform/tensor/batch-axis';
import { PlatformError } from '../../platform/errors';
import type { RawTensor, Signature, TensorHeader, TensorSpec } from '../../platform/tensor/tensor';
import type { PaddingSettings, RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { BatchExtent, TensorBatching } from '../runner.port';
import { place, take } from './tensor-part';

interface TensorAxes {
  batch: number;
  /** Axis of each padded dimension, in the order of the settings; −1: the tensor does not have it. */
  padded: number[];
}

/** Grouped with none but its equals. */
const ANY_LENGTH = '*';

/**
 * How items of one revision lie in a batch: joined along its batch dimension, and padded along named dimensions, of which the outputs are cut to the item's own
 * length again.
 */
export class BatchLayout implements TensorBatching {
  readonly #axes = new Map<string, TensorAxes>();
  readonly #padding: readonly PaddingSettings[];
  readonly #inputs: ReadonlyMap<string, TensorSpec>;

  constructor({ signature, batchDimension, padding }: Pick<RevisionSpec, 'signature' | 'batchDimension' | 'padding'>) {
    this.#padding = padding;
    this.#inputs = new Map(signature.inputs.map((spec) => [spec.name, spec]));
    for (const spec of [...signature.inputs, ...signature.outputs]) this.#axes.set(spec.name, axesOf(spec, { batchDimension, padding }));
  }

  keyOf(tensors: readonly TensorHeader[], outputs: readonly string[] | null): string {
    const inputs = tensors.map(({ name, datatype, shape }) => {
      const { batch, padded } = this.#axesOf(name);
      const sizes = shape.map((size, axis) => {
        if (axis === batch) return ANY_LENGTH;
        const dimension = padded.indexOf(axis);
        return dimension < 0 ? size : bucketOf(this.#padding[dimension]!, size) ?? ANY_LENGTH;
      });
      return `${name}:${datatype}:${sizes.join('x')}`;
    });
    return JSON.stringify([inputs.sort(), outputs]);
  }

  extentOf(tensors: readonly TensorHeader[]): BatchExtent | null {
    const rows = agreed(tensors.map(({ name, shape }) => shape[this.#axesOf(name).batch]));
    if (rows === null || rows === 0) return null;
    const lengths: number[] = [];
    for (const dimension of this.#padding.keys()) {
      const length = agreed(tensors.flatMap(({ name, shape }) => {
        const axis = this.#axesOf(name).padded[dimension] ?? -1;
        return axis < 0 ? [] : [shape[axis]];
      }));
      if (length === null || length === 0) return null;
      lengths.push(length);
    }
    return { rows, lengths };
  }

  stack(requests: readonly RawTensor[][]): RawTensor[] {
    const [first] = requests;
    if (!first) return [];
    return first.map(({ name, datatype, shape }) => {
      const parts = requests.map((request) => request.find((tensor) => tensor.name === name)!);
      const { batch, padded } = this.#axesOf(name);
      const whole = [...shape];
      whole[batch] = parts.reduce((sum, part) => sum + part.shape[batch]!, 0);
      padded.forEach((axis, dimension) => {
        if (axis < 0) return;
        const longest = Math.max(...parts.map((part) => part.shape[axis]!));
        whole[axis] = bucketOf(this.#padding[dimension]!, longest) ?? longest;
      });
      return { name, datatype, shape: whole, data: place(parts, { datatype, shape: whole, axis: batch, padValue: this.#padValueOf(name) }) };
    });
  }

  /** @throws INFERENCE_FAILED when an output does not carry one row for each input row, or not the length that was padded to */
  split(outputs: readonly RawTensor[], extents: readonly BatchExtent[]): RawTensor[][] {
    const total = extents.reduce((sum, { rows }) => sum + rows, 0);
    const pieces = outputs.map((output) => {
      const { batch, padded } = this.#axesOf(output.name);
      if (output.shape[batch] !== total) throw unsplittable(output, `for ${total} rows: the model does not keep its batch dimension`);
      let at = 0;
      return extents.map(({ rows, lengths }) => {
        const shape = [...output.shape];
        shape[batch] = rows;
        padded.forEach((axis, dimension) => {
          if (axis < 0) return;
          if (output.shape[axis]! < lengths[dimension]!) throw unsplittable(output, `for ${lengths[dimension]} along ${this.#padding[dimension]!.dimension}: the model does not keep that dimension`);
          shape[axis] = lengths[dimension]!;
        });
        at += rows;
        return take(output, { shape, axis: batch, at: at - rows });
      });
    });
    return extents.map((_, request) => pieces.map((piece) => piece[request]!));
  }

  /** What a signature does not name has its batch in front and no padding. */
  #axesOf(name: string): TensorAxes {
    return this.#axes.get(name) ?? { batch: 0, padded: [] };
  }

  /** A mask says 0 of what was added, whatever else is set. */
  #padValueOf(name: string): number {
    const spec = this.#inputs.get(name);
    const settings = this.#padding.find(({ mask, dimension }) => mask !== name && spec?.shape.some((size) => size.name === dimension));
    return this.#padding.some(({ mask }) => mask === name) ? 0 : settings?.values.find(({ input }) => input === name)?.value ?? 0;
  }
}

function axesOf(spec: TensorSpec, { batchDimension, padding }: Pick<RevisionSpec, 'batchDimension' | 'padding'>): TensorAxes {
  return {
    batch: batchAxisOf(spec, batchDimension) ?? 0,
    padded: padding.map(({ dimension }) => spec.shape.findIndex(({ size, name }) => size === null && name === dimension)),
  };
}

/** The length to pad to; null: to that of the longest. Beyond the last bucket items run with those of their own length. */
function bucketOf({ buckets }: PaddingSettings, length: number): number | null {
  return buckets.length === 0 ? null : buckets.find((bucket) => bucket >= length) ?? length;
}

function agreed(sizes: readonly (number | undefined)[]): number | null {
  const [first] = sizes;
  return first !== undefined && sizes.every((size) => size === first) ? first : null;
}

function unsplittable({ name, shape }: RawTensor, reason: string): PlatformError {
  return new PlatformError('INFERENCE_FAILED', `Output "${name}" came as [${shape.join(', ')}] ${reason} and cannot be batched.`);
}

/** The layout of a revision; where it says nothing of it, along dimension 0 without padding. */
export function layoutOf(spec: { signature: Signature; batchDimension?: string | null; padding?: PaddingSettings[] }): BatchLayout {
  return new BatchLayout({ signature: spec.signature, batchDimension: spec.batchDimension ?? null, padding: spec.padding ?? [] });
}
