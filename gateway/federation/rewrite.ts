import type { FetchNodePathSegment, FetchRewrite } from '@graphql-hive/router-query-planner';
import { isObject, type ResponseObject, type ResponsePath } from './response';
import type { TypeConditions, TypeNames } from './type-conditions';

/** What the planner changes in representations on the way out and in answers on the way in. */
export interface Rewrite {
  readonly kind: 'rename' | 'set';
  /** Keys to follow and types to keep, up to the object that is changed. */
  readonly path: readonly (string | TypeNames)[];
  readonly key: string;
  /** The new key, or the new value. */
  readonly to: string;
}

export function compileRewrites(rewrites: readonly FetchRewrite[] | undefined, types: TypeConditions): Rewrite[] {
  return (rewrites ?? []).map((rewrite) => {
    if ('KeyRenamer' in rewrite) return compile('rename', rewrite.KeyRenamer.path, rewrite.KeyRenamer.renameKeyTo, types);
    const { path, setValueTo } = 'ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite;
    return compile('set', path, setValueTo, types);
  });
}

function compile(kind: Rewrite['kind'], segments: readonly FetchNodePathSegment[], to: string, types: TypeConditions): Rewrite {
  const path = segments.map((segment) => ('Key' in segment ? segment.Key : types.of(segment.TypenameEquals)));
  const key = path.pop();
  if (typeof key !== 'string') throw new Error('A rewrite of the plan does not end in a key.');
  return { kind, path, key, to };
}

/** Changes the value in place: it must belong to this request alone. */
export function applyRewrites(value: unknown, rewrites: readonly Rewrite[]): void {
  for (const rewrite of rewrites) apply(value, rewrite, 0);
}

function apply(value: unknown, rewrite: Rewrite, at: number): void {
  if (Array.isArray(value)) {
    for (const item of value) apply(item, rewrite, at);
    return;
  }
  if (!isObject(value)) return;
  const step = rewrite.path[at];
  if (step === undefined) change(value, rewrite);
  else if (typeof step === 'string') apply(value[step], rewrite, at + 1);
  else if (typeof value['__typename'] !== 'string' || step.has(value['__typename'])) apply(value, rewrite, at + 1);
}

function change(object: ResponseObject, { kind, key, to }: Rewrite): void {
  if (kind === 'set') {
    object[key] = to;
  } else if (key in object) {
    object[to] = object[key];
    delete object[key];
  }
}

/** The path of an error, told in the keys that the answer has after its rewrites. */
export function rewritePath(path: ResponsePath, rewrites: readonly Rewrite[]): ResponsePath {
  const renamed = [...path];
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'rename') continue;
    const at = positionOf(rewrite, path);
    if (at !== null) renamed[at] = rewrite.to;
  }
  return renamed;
}

/** Where a path passes the renamed key. Types cannot be told from a path; the planner's internal keys are unique without them. */
function positionOf({ path: keys, key }: Rewrite, path: ResponsePath): number | null {
  const expected = [...keys.filter((step) => typeof step === 'string'), key];
  let matched = 0;
  for (const [at, step] of path.entries()) {
    if (typeof step === 'number') continue;
    if (step !== expected[matched]) return null;
    matched += 1;
    if (matched === expected.length) return at;
  }
  return null;
}
