import type { FlattenNodePathSegment } from '@graphql-hive/router-query-planner';
import { isObject, type ResponseObject, type ResponsePath } from './response';
import type { TypeConditions, TypeNames } from './type-conditions';

/** Keys to follow and types to keep. Lists are entered wherever they are met, so the planner's `@` needs no step. */
export type EntityPath = readonly (string | TypeNames)[];

export function compileEntityPath(segments: readonly FlattenNodePathSegment[], types: TypeConditions): EntityPath {
  return segments
    .filter((segment) => segment !== '@')
    .map((segment) => ('Field' in segment ? segment.Field : types.of(segment.TypeCondition)));
}

/** The objects at a path, in response order. */
export function entitiesAt(data: ResponseObject, path: EntityPath): ResponseObject[] {
  const found: ResponseObject[] = [];
  walk(data, { path, at: 0, trail: null, visit: (entity) => found.push(entity) });
  return found;
}

/** Where those objects are, in the same order; only an error asks for it. */
export function pathsAt(data: ResponseObject, path: EntityPath): ResponsePath[] {
  const found: ResponsePath[] = [];
  const trail: (string | number)[] = [];
  walk(data, { path, at: 0, trail, visit: () => found.push([...trail]) });
  return found;
}

interface Walk {
  readonly path: EntityPath;
  readonly visit: (entity: ResponseObject) => void;
  readonly trail: (string | number)[] | null;
  at: number;
}

function walk(value: unknown, state: Walk): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) enter(value[index], index, state);
    return;
  }
  if (!isObject(value)) return;
  const step = state.path[state.at];
  if (step === undefined) return state.visit(value);
  if (typeof step !== 'string' && !satisfies(value, step)) return;
  state.at += 1;
  if (typeof step === 'string') enter(value[step], step, state);
  else walk(value, state);
  state.at -= 1;
}

function enter(value: unknown, key: string | number, state: Walk): void {
  if (value == null) return;
  state.trail?.push(key);
  walk(value, state);
  state.trail?.pop();
}

/** An object without `__typename` has the one type its field can have: the planner asks for it wherever there are several. */
function satisfies(value: ResponseObject, types: TypeNames): boolean {
  const typename = value['__typename'];
  return typeof typename !== 'string' || types.has(typename);
}
