import { registerEnumType } from 'type-graphql';
import { DATATYPES, type Datatype } from '../tensor/datatype';

/** `Datatype` of platform/tensor as a GraphQL enum, the same in every subgraph. */
export const DatatypeEnum = Object.fromEntries(DATATYPES.map((name) => [name, name])) as { readonly [Name in Datatype]: Name };

const SPECIAL: Readonly<Record<string, string>> = {
  FP16: 'A 16-bit float, IEEE half precision.', BOOL: 'True or false, one byte each.', BYTES: 'Text or bytes of any length.',
};

function describe(name: Datatype): string {
  const bits = /\d+$/.exec(name)?.[0];
  if (SPECIAL[name]) return SPECIAL[name];
  if (name.startsWith('FP')) return `A ${bits}-bit float.`;
  const sentence = name.startsWith('U') ? `An unsigned ${bits}-bit integer.` : `A signed ${bits}-bit integer.`;
  return bits === '64' ? `${sentence} Written as a string in JSON.` : sentence;
}

registerEnumType(DatatypeEnum, {
  name: 'Datatype',
  description: 'The element type of a tensor, named as the Open Inference Protocol does.',
  valuesConfig: Object.fromEntries(DATATYPES.map((name) => [name, { description: describe(name) }])),
});
