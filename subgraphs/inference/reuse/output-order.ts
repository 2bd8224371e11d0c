import type { Signature } from '../../../platform/tensor/tensor';

/** Outputs as a run for these names gives them: whoever computed a result may have named them in another order. Null: all, in the signature's order. */
export function inAskedOrder<Output extends { name: string }>(signature: Signature, asked: readonly string[] | null, outputs: readonly Output[]): Output[] {
  const names = asked ?? signature.outputs.map(({ name }) => name);
  return names.flatMap((name) => outputs.find((output) => output.name === name) ?? []);
}
