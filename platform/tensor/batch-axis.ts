import type { Signature, TensorSpec } from './tensor';

/**
 * The axis along which items of a tensor are joined; null where it has none.
 * @param dimension the name of the free dimension, which the tensor must have once; null: dimension 0, by any name
 */
export function batchAxisOf({ shape }: TensorSpec, dimension: string | null): number | null {
  if (dimension === null) return shape[0]?.size === null ? 0 : null;
  const axes = [...shape.keys()].filter((axis) => shape[axis]!.size === null && shape[axis]!.name === dimension);
  return axes.length === 1 ? axes[0]! : null;
}

/**
 * Items are run together by joining them along one dimension, which must therefore be free in every tensor.
 * @returns the first tensor without it; null when items of the model can be joined
 */
export function withoutBatchAxis({ inputs, outputs }: Signature, dimension: string | null): string | null {
  return [...inputs, ...outputs].find((spec) => batchAxisOf(spec, dimension) === null)?.name ?? null;
}
