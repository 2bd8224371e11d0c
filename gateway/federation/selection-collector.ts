import {
  isAbstractType, Kind,
  type FieldNode, type FragmentDefinitionNode, type FragmentSpreadNode, type GraphQLObjectType, type GraphQLSchema,
  type InlineFragmentNode, type SelectionNode, type SelectionSetNode,
} from 'graphql';
import { isIncluded } from './plannable-document';
import type { Variables } from './subgraph-client';

export interface SelectionContext {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Those of `@skip` and `@include` are read. */
  readonly variables: Variables;
  /** What the client calls the plan's aliases. */
  readonly responseKeys: ReadonlyMap<string, string>;
}

export interface CollectedField {
  readonly name: string;
  readonly responseKey: string;
  /** Under which the subgraphs' answers hold it. */
  readonly dataKey: string;
  /** Of all the field's occurrences, to be merged. */
  readonly selectionSets: SelectionSetNode[];
}

/** Which fields of an object are wanted, as CollectFields of the GraphQL specification (§6.3.2) says. */
export class SelectionCollector {
  constructor(private readonly schema: GraphQLSchema, private readonly context: SelectionContext) {}

  collect(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): CollectedField[] {
    const fields = new Map<string, CollectedField>();
    const spread = new Set<string>();
    for (const { selections } of selectionSets) this.#visit(selections, { type, fields, spread });
    return [...fields.values()];
  }

  #visit(selections: readonly SelectionNode[], into: Collection): void {
    for (const selection of selections) {
      if (!isIncluded(selection, this.context.variables)) continue;
      if (selection.kind === Kind.FIELD) this.#addField(selection, into);
      else this.#enter(selection, into);
    }
  }

  #addField(field: FieldNode, { fields }: Collection): void {
    const dataKey = field.alias?.value ?? field.name.value;
    const responseKey = this.context.responseKeys.get(dataKey) ?? dataKey;
    const collected = fields.get(responseKey) ?? { name: field.name.value, responseKey, dataKey, selectionSets: [] };
    if (field.selectionSet) collected.selectionSets.push(field.selectionSet);
    fields.set(responseKey, collected);
  }

  #enter(selection: InlineFragmentNode | FragmentSpreadNode, into: Collection): void {
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragmentOnce(selection, into);
    if (fragment && this.#applies(fragment.typeCondition?.name.value, into.type)) this.#visit(fragment.selectionSet.selections, into);
  }

  /** A second spread of the same fragment adds nothing; following it again would cost exponentially where fragments nest. */
  #fragmentOnce({ name }: FragmentSpreadNode, { spread }: Collection): FragmentDefinitionNode | undefined {
    if (spread.has(name.value)) return undefined;
    spread.add(name.value);
    return this.context.fragments.get(name.value);
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const wanted = this.schema.getType(condition);
    return isAbstractType(wanted) && this.schema.isSubType(wanted, type);
  }
}

interface Collection {
  readonly type: GraphQLObjectType;
  readonly fields: Map<string, CollectedField>;
  readonly spread: Set<string>;
}
