import { isEnumType, specifiedScalarTypes, type GraphQLLeafType } from 'graphql';
import { messageOf } from '../../platform/errors';
import type { ProjectionState } from './projection-state';

/** Brings a value of an answer into the client's shape; null where it cannot. `depth` is the length of its path. */
export type Complete = (value: unknown, state: ProjectionState, depth: number) => unknown;

/** What a value of the type mostly looks like; anything else is left to the type's own `serialize`. */
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= 0x7fff_ffff,
  Float: Number.isFinite,
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  ID: (value) => typeof value === 'string',
};

/**
 * A subgraph may be anybody's program, so its leaf values are checked against the API schema: built-in scalars as GraphQL coerces
 * results, enums by their visible values. Custom scalars pass as they are; their meaning is known to the subgraph alone.
 */
export function completeLeaf(type: GraphQLLeafType): Complete {
  if (!isEnumType(type) && !specifiedScalarTypes.some(({ name }) => name === type.name)) return (value) => value ?? null;
  const isPlain = isEnumType(type) ? (value: unknown) => typeof value === 'string' && type.getValue(value) != null : PLAIN[type.name]!;
  return (value, state, depth) => {
    if (value == null) return null;
    if (isPlain(value)) return value;
    try {
      return type.serialize(value);
    } catch (error) {
      state.reportValue(messageOf(error), depth);
      return null;
    }
  };
}
