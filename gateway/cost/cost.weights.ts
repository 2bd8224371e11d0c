import {
  isCompositeType, isInterfaceType, isObjectType, Kind, type ConstDirectiveNode, type ConstValueNode, type GraphQLArgument,
  type GraphQLField, type GraphQLNamedType, type GraphQLSchema,
} from 'graphql';

/** `@listSize`: how long the lists below a field become. */
export interface ListSize {
  /** When no slicing argument says it. */
  assumedSize: number | null;
  /** Arguments that hold the size; of several the largest counts. */
  slicingArguments: readonly string[];
  /** The lists below the field that have this size; none: the field itself is the list. */
  sizedFields: readonly string[];
}

export interface FieldWeight {
  /** `@cost` of the field, null when its type decides. */
  weight: number | null;
  listSize: ListSize | null;
  /** Those that have a `@cost`, by name. */
  arguments: ReadonlyMap<string, number>;
}

const PLAIN: FieldWeight = { weight: null, listSize: null, arguments: new Map() };

/**
 * What `@cost` and `@listSize` of the supergraph declare (the cost specification of Federation 2.9, after IBM's). An object costs 1
 * unless its type says otherwise, a leaf nothing.
 */
export class CostWeights {
  readonly #types = new Map<string, number>();
  readonly #fields = new Map<string, FieldWeight>();

  /** `schema` is built of the supergraph's SDL: the API schema has no directives. */
  constructor(schema: GraphQLSchema) {
    for (const type of Object.values(schema.getTypeMap())) {
      const weight = costOf(type.astNode?.directives);
      if (weight !== null) this.#types.set(type.name, weight);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) this.#addField(type.name, field);
    }
  }

  ofType(type: GraphQLNamedType): number {
    return this.#types.get(type.name) ?? (isCompositeType(type) ? 1 : 0);
  }

  ofField(typeName: string, fieldName: string): FieldWeight {
    return this.#fields.get(`${typeName}.${fieldName}`) ?? PLAIN;
  }

  #addField(typeName: string, { name, args, astNode }: GraphQLField<unknown, unknown>): void {
    const weight = costOf(astNode?.directives);
    const listSize = listSizeOf(astNode?.directives);
    const weighed = args.flatMap((argument): [string, number][] => entryOf(argument));
    if (weight === null && listSize === null && weighed.length === 0) return;
    this.#fields.set(`${typeName}.${name}`, { weight, listSize, arguments: new Map(weighed) });
  }
}

function entryOf({ name, astNode }: GraphQLArgument): [string, number][] {
  const weight = costOf(astNode?.directives);
  return weight === null ? [] : [[name, weight]];
}

function costOf(directives: readonly ConstDirectiveNode[] | undefined): number | null {
  const weight = argumentsOf(directives, 'cost')?.get('weight');
  return weight === undefined ? null : numberOf(weight);
}

function listSizeOf(directives: readonly ConstDirectiveNode[] | undefined): ListSize | null {
  const values = argumentsOf(directives, 'listSize');
  if (!values) return null;
  const assumedSize = values.get('assumedSize');
  return {
    assumedSize: assumedSize ? numberOf(assumedSize) : null,
    slicingArguments: namesOf(values.get('slicingArguments')),
    sizedFields: namesOf(values.get('sizedFields')),
  };
}

/** Subgraphs may import a directive under a name with its namespace. */
function argumentsOf(directives: readonly ConstDirectiveNode[] | undefined, name: string): Map<string, ConstValueNode> | null {
  const directive = directives?.find((candidate) => candidate.name.value === name || candidate.name.value === `cost__${name}`);
  return directive ? new Map(directive.arguments?.map((argument) => [argument.name.value, argument.value])) : null;
}

/** The specification has written weights as text. */
function numberOf(value: ConstValueNode): number | null {
  if (value.kind !== Kind.INT && value.kind !== Kind.FLOAT && value.kind !== Kind.STRING) return null;
  const number = Number(value.value);
  return Number.isFinite(number) ? number : null;
}

function namesOf(value: ConstValueNode | undefined): string[] {
  return value?.kind === Kind.LIST ? value.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : [])) : [];
}
