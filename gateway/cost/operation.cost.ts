import {
  getNamedType, getNullableType, isCompositeType, isInterfaceType, isListType, isObjectType, Kind, valueFromASTUntyped,
  type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type OperationDefinitionNode,
  type SelectionNode, type SelectionSetNode, type ValueNode,
} from 'graphql';
import type { Variables } from '../federation/subgraph-client';
import type { CostWeights, FieldWeight, ListSize } from './cost.weights';
import { once, product, sum, valueOf, when, type Term } from './cost.terms';

/** What a list counts as when nothing says how long it may become. */
const UNKNOWN_SIZE = 10;
/** A change costs this much beside what it answers with. */
const MUTATION = 10;
/** The longest list that a slicing argument is believed to ask for; the subgraph refuses the argument itself. */
const LONGEST = 1_000_000;

export interface CostSchema {
  schema: GraphQLSchema;
  weights: CostWeights;
}

/**
 * What an operation may cost at most, before it runs: an object 1 (or what `@cost` says), times the sizes of the lists around it (by
 * `@listSize`). Worked out once per document; a request only fills in the variables, and mostly not even those.
 */
export class OperationCost {
  readonly #term: Term;

  constructor(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, schema: CostSchema) {
    const root = schema.schema.getRootType(operation.operation);
    const base = operation.operation === 'mutation' ? MUTATION : 0;
    this.#term = root ? new Weigher(operation, fragments, schema).weigh(operation.selectionSet, root, { base, sizes: new Map() }) : 0;
  }

  of(variables: Variables | null | undefined): number {
    return Math.ceil(valueOf(this.#term, variables ?? {}));
  }
}

interface Surroundings {
  /** Added to each field: only the root fields of mutations have it. */
  base: number;
  /** Of lists here, as the field above says. */
  sizes: ReadonlyMap<string, Term>;
}

const NOTHING_AROUND: Surroundings = { base: 0, sizes: new Map() };

class Weigher {
  readonly #fragments = new Map<Surroundings, Map<string, Term>>();
  readonly #defaults: ReadonlyMap<string, unknown>;

  constructor(
    operation: OperationDefinitionNode, private readonly definitions: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly schema: CostSchema,
  ) {
    this.#defaults = new Map(operation.variableDefinitions?.map(({ variable, defaultValue }) => [
      variable.name.value, defaultValue ? valueFromASTUntyped(defaultValue) : undefined,
    ]));
  }

  weigh({ selections }: SelectionSetNode, type: GraphQLNamedType, around: Surroundings): Term {
    return sum(selections.map((selection) => this.#conditional(selection, this.#weighSelection(selection, type, around))));
  }

  #weighSelection(selection: SelectionNode, type: GraphQLNamedType, around: Surroundings): Term {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#weighField(selection, type, around);
      case Kind.INLINE_FRAGMENT:
        return this.weigh(selection.selectionSet, this.#typeOf(selection.typeCondition?.name.value) ?? type, around);
      case Kind.FRAGMENT_SPREAD:
        return this.#weighFragment(selection.name.value, around);
      default:
        return selection satisfies never;
    }
  }

  /** Weighed once in the same surroundings: fragments that spread each other twice double with every level. */
  #weighFragment(name: string, around: Surroundings): Term {
    const weighed = this.#fragments.get(around) ?? new Map<string, Term>();
    this.#fragments.set(around, weighed);
    const known = weighed.get(name);
    const definition = this.definitions.get(name);
    if (known !== undefined || !definition) return known ?? 0;
    const term = once(this.weigh(definition.selectionSet, this.#typeOf(definition.typeCondition.name.value)!, around));
    weighed.set(name, term);
    return term;
  }

  #weighField(node: FieldNode, parent: GraphQLNamedType, { base, sizes }: Surroundings): Term {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    // `__typename` costs nothing; `__schema` and `__type` have limits of their own.
    if (!field) return node.selectionSet ? 1 : 0;
    const weight = this.schema.weights.ofField(parent.name, field.name);
    const type = getNamedType(field.type);
    const own = weight.weight ?? this.schema.weights.ofType(type);
    const size = weight.listSize ? this.#sizeOf(weight.listSize, node, field) : null;
    const below = node.selectionSet && isCompositeType(type) ? this.weigh(node.selectionSet, type, this.#around(weight, size)) : 0;
    const times = this.#timesOf(field, { size: isSizedItself(weight) ? size : null, given: sizes.get(field.name) });
    return sum([base, this.#weighArguments(node, weight), product(times, sum([own, below]))]);
  }

  #around({ listSize }: FieldWeight, size: Term | null): Surroundings {
    if (!listSize || size === null || listSize.sizedFields.length === 0) return NOTHING_AROUND;
    return { base: 0, sizes: new Map(listSize.sizedFields.map((name) => [name, size])) };
  }

  #timesOf({ type }: GraphQLField<unknown, unknown>, { size, given }: { size: Term | null; given: Term | undefined }): Term {
    return isListType(getNullableType(type)) ? given ?? size ?? UNKNOWN_SIZE : 1;
  }

  #weighArguments(node: FieldNode, weight: FieldWeight): number {
    return node.arguments?.reduce((total, { name }) => total + (weight.arguments.get(name.value) ?? 0), 0) ?? 0;
  }

  /** The largest of the slicing arguments, each as it is given or else by its own default. */
  #sizeOf({ slicingArguments, assumedSize }: ListSize, node: FieldNode, field: GraphQLField<unknown, unknown>): Term {
    const slices = slicingArguments.map((name) => ({
      given: node.arguments?.find((argument) => argument.name.value === name)?.value,
      byDefault: field.args.find((argument) => argument.name === name)?.defaultValue,
    }));
    const sizeFor = (variables: Variables) => {
      const sizes = slices.map(({ given, byDefault }) => (given ? this.#read(given, variables) ?? byDefault : byDefault));
      return largest(sizes) ?? assumedSize ?? UNKNOWN_SIZE;
    };
    return slices.some(({ given }) => given?.kind === Kind.VARIABLE) ? sizeFor : sizeFor({});
  }

  #conditional({ directives }: SelectionNode, term: Term): Term {
    return (directives ?? []).reduce((conditional: Term, { name, arguments: given }) => {
      const value = given?.find((argument) => argument.name.value === 'if')?.value;
      if (!value || (name.value !== 'skip' && name.value !== 'include')) return conditional;
      const isAsked = (variables: Variables) => this.#read(value, variables) === (name.value === 'include');
      return value.kind === Kind.VARIABLE ? when(isAsked, conditional) : product(Number(isAsked({})), conditional);
    }, term);
  }

  #read(value: ValueNode, variables: Variables): unknown {
    if (value.kind !== Kind.VARIABLE) return valueFromASTUntyped(value);
    const name = value.name.value;
    return Object.hasOwn(variables, name) ? variables[name] : this.#defaults.get(name);
  }

  #typeOf(name: string | undefined): GraphQLNamedType | null {
    return name === undefined ? null : this.schema.schema.getType(name) ?? null;
  }
}

function isSizedItself({ listSize }: FieldWeight): boolean {
  return listSize !== null && listSize.sizedFields.length === 0;
}

/** What is no size is the subgraph's to refuse. */
function largest(values: readonly unknown[]): number | null {
  const sizes = values.filter((value): value is number => typeof value === 'number' && value >= 0);
  return sizes.length === 0 ? null : Math.min(Math.max(...sizes), LONGEST);
}
