import type { Signature } from './tensor';

/**
 * Items are run together by joining them along dimension 0, which must therefore be free everywhere.
 * @returns the first tensor without a free dimension 0; null when items of the model can be joined
 */
export function withoutBatchAxis({ inputs, outputs }: Signature): string | null {
  return [...inputs, ...outputs].find(({ shape }) => shape[0]?.size !== null)?.name ?? null;
}
