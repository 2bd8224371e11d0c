import {
  doTypesOverlap, getNamedType, isCompositeType, Kind,
  type FieldNode, type GraphQLCompositeType, type GraphQLSchema, type InlineFragmentNode, type OperationDefinitionNode, type SelectionSetNode,
} from 'graphql';
import type { Cut } from './split-operation';
import type { SupergraphFacts } from './supergraph-facts';

/**
 * How the planner (0.0.38) says that it lost an entity, of fields with `@requires` that belong to the very subgraph which reached the entity
 * from another one: response keys below an object of a type. https://github.com/graphql-hive/router/issues/1310
 */
const LOST_ENTITY = /Path '([^']+)' cannot be found in selection set of type (\w+)/;
/** What it says of a field with `@requires` for which the entity's key and the required fields come from different fetches. */
const MANY_PARENTS = /Expected a single parent/;

interface Place {
  readonly trail: readonly Visited[];
  readonly selectionSet: SelectionSetNode;
  readonly type: GraphQLCompositeType;
}

interface Visited {
  readonly key: string;
  /** In whose selections the key stands. */
  readonly parent: GraphQLCompositeType;
}

/** Finds where operations without spreads have to be cut so that the planner can do each part. */
export class CutFinder {
  constructor(private readonly schema: GraphQLSchema, private readonly facts: SupergraphFacts) {}

  /** Null when the planner failed for another reason, or at nothing that can be cut. */
  find(operation: OperationDefinitionNode, failure: string): Cut | null {
    const root = this.schema.getRootType(operation.operation);
    const [, path, typeName] = LOST_ENTITY.exec(failure) ?? [];
    if (!root) return null;
    if (path !== undefined) return this.#findLost(this.#places(operation.selectionSet, root, []), path, typeName!);
    return MANY_PARENTS.test(failure) ? this.#findRequiring(this.#places(operation.selectionSet, root, [])) : null;
  }

  /** The first place of that name at which more than keys is asked for. */
  #findLost(places: Iterable<Place>, path: string, typeName: string): Cut | null {
    const keys = path.split('.').filter((key) => key !== '@' && !key.startsWith('|'));
    const above = this.schema.getType(typeName);
    for (const { trail, selectionSet, type } of places) {
      const below = trail.slice(-keys.length);
      const isIt = below.length === keys.length && below.every(({ key }, index) => key === keys[index])
        && isCompositeType(above) && doTypesOverlap(this.schema, below[0]!.parent, above);
      if (isIt && this.#asksMore(selectionSet, type)) return { path: trail.map(({ key }) => key), field: null };
    }
    return null;
  }

  /** The first field with `@requires`; a part that asks for nothing else is as small as it can be. */
  #findRequiring(places: Iterable<Place>): Cut | null {
    for (const { trail, selectionSet, type } of places) {
      const field = this.#requiringField(selectionSet, type);
      if (field) return { path: trail.map(({ key }) => key), field };
    }
    return null;
  }

  #requiringField({ selections }: SelectionSetNode, type: GraphQLCompositeType): Cut['field'] {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const within = this.#requiringField(selection.selectionSet, this.#typeWithin(selection, type));
        if (within) return within;
      }
      const name = selection.kind === Kind.FIELD ? selection.name.value : null;
      if (name && this.facts.requiredBy(type.name, name) && this.facts.keysAt(type.name, name).length > 0) return { typeName: type.name, name };
    }
    return null;
  }

  /** Every object that the operation meets, in the order of the document. */
  *#places({ selections }: SelectionSetNode, parent: GraphQLCompositeType, before: readonly Visited[]): Generator<Place> {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) yield* this.#places(selection.selectionSet, this.#typeWithin(selection, parent), before);
      const type = selection.kind === Kind.FIELD ? this.#typeOf(selection, parent) : null;
      if (selection.kind !== Kind.FIELD || !selection.selectionSet || !type) continue;
      const trail = [...before, { key: (selection.alias ?? selection.name).value, parent }];
      yield { trail, selectionSet: selection.selectionSet, type };
      yield* this.#places(selection.selectionSet, type, trail);
    }
  }

  #asksMore({ selections }: SelectionSetNode, type: GraphQLCompositeType): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value !== '__typename' && !this.facts.isKey(type.name, selection.name.value);
      return selection.kind === Kind.INLINE_FRAGMENT && this.#asksMore(selection.selectionSet, this.#typeWithin(selection, type));
    });
  }

  #typeOf({ name }: FieldNode, parent: GraphQLCompositeType): GraphQLCompositeType | null {
    const definition = 'getFields' in parent ? parent.getFields()[name.value] : undefined;
    const type = definition && getNamedType(definition.type);
    return isCompositeType(type) ? type : null;
  }

  #typeWithin({ typeCondition }: InlineFragmentNode, parent: GraphQLCompositeType): GraphQLCompositeType {
    const type = typeCondition && this.schema.getType(typeCondition.name.value);
    return isCompositeType(type) ? type : parent;
  }
}
