import {
  getNamedType, isAbstractType, isCompositeType, Kind, OperationTypeNode,
  type FieldNode, type GraphQLCompositeType, type GraphQLObjectType, type GraphQLSchema, type InlineFragmentNode, type OperationDefinitionNode,
  type SelectionNode, type SelectionSetNode,
} from 'graphql';
import { entryField } from './entry-supergraph';

/** What to take out of an operation: at entities behind response keys, all that is asked, or one field of one type. */
export interface Cut {
  readonly path: readonly string[];
  readonly field: { readonly typeName: string; readonly name: string } | null;
}

export interface SplitOperation {
  /** The operation without what was cut. */
  readonly rest: OperationDefinitionNode;
  /** What was cut, by the type of the entities; each begins at its type's entry field. */
  readonly parts: ReadonlyMap<string, OperationDefinitionNode>;
}

/** Cuts an operation without spreads in two. */
export function splitOperation(operation: OperationDefinitionNode, cut: Cut, schema: GraphQLSchema): SplitOperation {
  const cutter = new Cutter(cut, schema);
  const selectionSet = cutter.follow(operation.selectionSet, schema.getRootType(operation.operation)!, cut.path);
  const parts = [...cutter.parts].map(([typeName, selections]) => [typeName, partOf(operation, typeName, selections)] as const);
  return { rest: { ...operation, selectionSet }, parts: new Map(parts) };
}

/** Asks for more at the entities behind response keys. */
export function addSelections(
  operation: OperationDefinitionNode, path: readonly string[], { typeName, selectionSet }: { typeName: string; selectionSet: SelectionSetNode },
): OperationDefinitionNode {
  const more: InlineFragmentNode = {
    kind: Kind.INLINE_FRAGMENT, typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typeName } }, selectionSet,
  };
  const add = ({ selections }: SelectionSetNode, [key, ...below]: readonly string[]): SelectionSetNode => {
    if (key === undefined) return setOf([...selections, more]);
    return setOf(selections.map((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return { ...selection, selectionSet: add(selection.selectionSet, [key, ...below]) };
      if (selection.kind !== Kind.FIELD || !selection.selectionSet || (selection.alias ?? selection.name).value !== key) return selection;
      return { ...selection, selectionSet: add(selection.selectionSet, below) };
    }));
  };
  return { ...operation, selectionSet: add(operation.selectionSet, path) };
}

class Cutter {
  readonly parts = new Map<string, SelectionNode[]>();

  constructor(private readonly cut: Cut, private readonly schema: GraphQLSchema) {}

  follow({ selections }: SelectionSetNode, parent: GraphQLCompositeType, path: readonly string[]): SelectionSetNode {
    return setOf(selections.map((selection) => {
      if (selection.kind === Kind.FIELD) return this.#enter(selection, parent, path);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      return { ...selection, selectionSet: this.follow(selection.selectionSet, this.#typeWithin(selection, parent), path) };
    }));
  }

  #enter(field: FieldNode, parent: GraphQLCompositeType, [key, ...below]: readonly string[]): FieldNode {
    const definition = 'getFields' in parent ? parent.getFields()[field.name.value] : undefined;
    const type = definition && getNamedType(definition.type);
    if (!field.selectionSet || !isCompositeType(type) || (field.alias ?? field.name).value !== key) return field;
    if (below.length > 0) return { ...field, selectionSet: this.follow(field.selectionSet, type, below) };
    return { ...field, selectionSet: this.cut.field ? this.#cutField(field.selectionSet, type, this.cut.field) : this.#cutAll(field.selectionSet, type) };
  }

  #cutAll(selectionSet: SelectionSetNode, type: GraphQLCompositeType): SelectionSetNode {
    const possible = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
    for (const entity of possible) this.#keep(entity.name, this.#appliesTo(entity, selectionSet));
    return setOf([TYPENAME]);
  }

  #cutField({ selections }: SelectionSetNode, type: GraphQLCompositeType, cut: NonNullable<Cut['field']>): SelectionSetNode {
    const left = selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return [{ ...selection, selectionSet: this.#cutField(selection.selectionSet, this.#typeWithin(selection, type), cut) }];
      }
      if (selection.kind !== Kind.FIELD || type.name !== cut.typeName || selection.name.value !== cut.name) return [selection];
      this.#keep(type.name, [selection]);
      return [];
    });
    return setOf(left.length > 0 ? left : [TYPENAME]);
  }

  #keep(typeName: string, selections: readonly SelectionNode[]): void {
    this.parts.set(typeName, [...this.parts.get(typeName) ?? [], ...selections]);
  }

  #appliesTo(entity: GraphQLObjectType, { selections }: SelectionSetNode): SelectionNode[] {
    return selections.flatMap((selection) => {
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
      const condition = this.#typeWithin(selection, entity);
      const applies = condition === entity || (isAbstractType(condition) && this.schema.isSubType(condition, entity));
      return applies ? this.#appliesTo(entity, selection.selectionSet) : [];
    });
  }

  #typeWithin({ typeCondition }: InlineFragmentNode, parent: GraphQLCompositeType): GraphQLCompositeType {
    const type = typeCondition && this.schema.getType(typeCondition.name.value);
    return isCompositeType(type) ? type : parent;
  }
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function partOf({ variableDefinitions }: OperationDefinitionNode, typeName: string, selections: readonly SelectionNode[]): OperationDefinitionNode {
  const entity: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: entryField(typeName) }, selectionSet: setOf(selections) };
  return { kind: Kind.OPERATION_DEFINITION, operation: OperationTypeNode.QUERY, variableDefinitions, selectionSet: setOf([entity]) };
}

function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}
