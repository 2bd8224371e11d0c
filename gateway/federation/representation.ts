import type { InputRewrite, RequiresSelection } from '@graphql-hive/router-query-planner';
import { isObject, type ResponseObject } from './response';
import { applyRewrites, compileRewrites, type Rewrite } from './rewrite';
import type { TypeConditions, TypeNames } from './type-conditions';

/** How to make an entity's representation: its `__typename`, its key and what `@requires` asks for. */
export interface RepresentationRule {
  readonly selections: readonly RequiredSelection[];
  readonly rewrites: readonly Rewrite[];
}

type RequiredSelection =
  | RequiredField
  | { readonly kind: 'fragment'; readonly types: TypeNames; readonly selections: readonly RequiredSelection[] };

interface RequiredField {
  readonly kind: 'field';
  readonly name: string;
  readonly responseKey: string;
  readonly selections: readonly RequiredSelection[] | null;
}

export function compileRepresentation(
  requires: readonly RequiresSelection[], inputRewrites: readonly InputRewrite[] | undefined, types: TypeConditions,
): RepresentationRule {
  return { selections: compileSelections(requires, types), rewrites: compileRewrites(inputRewrites, types) };
}

function compileSelections(selections: readonly RequiresSelection[], types: TypeConditions): RequiredSelection[] {
  return selections.map((selection): RequiredSelection => {
    switch (selection.kind) {
      case 'Field':
        return {
          kind: 'field', name: selection.name, responseKey: selection.alias ?? selection.name,
          selections: selection.selections?.length ? compileSelections(selection.selections, types) : null,
        };
      case 'InlineFragment':
        return { kind: 'fragment', types: types.of(selection.typeCondition), selections: compileSelections(selection.selections, types) };
      case 'FragmentSpread':
        throw new Error('A representation of the plan names a fragment; the planner is known to inline them.');
      default:
        return selection satisfies never;
    }
  });
}

/** The representations of one call: each entity once, however often the response holds it. */
export class RepresentationList {
  readonly items: ResponseObject[] = [];
  #slots = new Map<string, number>();

  /** The entity's position in the list; -1 when nothing is known of it to look it up by. */
  add(entity: ResponseObject, rule: RepresentationRule): number {
    const representation = represent(entity, rule);
    if (!representation) return -1;
    const key = JSON.stringify(representation);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    this.#slots.set(key, this.items.length);
    return this.items.push(representation) - 1;
  }
}

function represent(entity: ResponseObject, { selections, rewrites }: RepresentationRule): ResponseObject | null {
  const typename = entity['__typename'];
  if (typeof typename !== 'string') return null;
  const representation: ResponseObject = { __typename: typename };
  if (!copyRequired(entity, representation, selections)) return null;
  applyRewrites(representation, rewrites);
  return representation;
}

/** Copies what is required and tells whether any of it, `__typename` aside, has a value. */
function copyRequired(from: ResponseObject, to: ResponseObject, selections: readonly RequiredSelection[]): boolean {
  let hasValue = false;
  for (const selection of selections) {
    if (selection.kind === 'fragment') {
      const applies = selection.types.has(String(from['__typename']));
      if (applies && copyRequired(from, to, selection.selections)) hasValue = true;
      continue;
    }
    const value = copyValue(from[selection.name] ?? from[selection.responseKey], selection.selections);
    if (value === undefined) continue;
    to[selection.responseKey] = value;
    if (value !== null && selection.name !== '__typename') hasValue = true;
  }
  return hasValue;
}

/** Always a copy: rewrites change representations in place. */
function copyValue(value: unknown, selections: readonly RequiredSelection[] | null): unknown {
  if (Array.isArray(value)) return value.map((item) => copyValue(item, selections));
  if (!isObject(value) || !selections) return value;
  const copy: ResponseObject = {};
  copyRequired(value, copy, selections);
  return copy;
}
