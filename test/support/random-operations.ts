import fc from 'fast-check';
import {
  getNamedType, isAbstractType, isCompositeType, isObjectType, parse, validate,
  type DocumentNode, type GraphQLCompositeType, type GraphQLField, type GraphQLSchema,
} from 'graphql';

export interface RandomOperation {
  text: string;
  document: DocumentNode;
  variables: Record<string, unknown>;
}

/** Aliases that get in the way: of keys, of required fields, of each other. */
const ALIASES = ['id', 'title', 'name', 'size', 'x', 'y', 'toString', '__typename'];
const VARIABLES = '($yes: Boolean!, $no: Boolean = false, $n: Int, $id: ID!)';
/** Values by argument name; the last are variables. `id` is the schema's own. */
const VALUES: Record<string, readonly string[]> = {
  filter: ['{}', '{ min: 2 }', '{ min: $n, max: 3 }', 'null'], first: ['0', '1', '2', '$n'], scale: ['2', '$n'], country: ['"de"', 'null'],
};

/** Valid queries over a schema: nested, aliased, in fragments of every kind, under conditions. */
export function randomOperations(schema: GraphQLSchema, ids: readonly string[]): fc.Arbitrary<RandomOperation> {
  const values = { ...VALUES, id: [...ids.map((id) => `"${id}"`), '"none"', '$id'] };
  const variables = fc.record({ yes: fc.boolean(), n: fc.constantFrom(undefined, 1, 3), id: fc.constantFrom(...ids) });
  // Once the choices are used up everything is the simplest there is, so shorter lists shrink to smaller operations.
  const choices = fc.array(fc.nat({ max: 9_999 }), { minLength: 20, maxLength: 120, size: 'max' });
  return fc.tuple(choices, variables)
    .map(([left, given]) => {
      let next = 0;
      const text = new OperationWriter(schema, values, (bound) => (left[next++] ?? 0) % bound).write();
      return { text, document: parse(text), variables: JSON.parse(JSON.stringify(given)) as Record<string, unknown> };
    })
    .filter(({ document }) => validate(schema, document).every(({ message }) => /is never used/.test(message)));
}

class OperationWriter {
  #fragments: string[] = [];

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly values: Record<string, readonly string[]>,
    private readonly choose: (bound: number) => number,
  ) {}

  write(): string {
    const selection = this.#selection(this.schema.getQueryType()!, 5);
    return [`query ${VARIABLES} ${selection}`, ...this.#fragments].join('\n');
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.choose(4);
    return `{ ${Array.from({ length: count }, () => this.#member(type, depth)).join(' ')} }`;
  }

  #member(type: GraphQLCompositeType, depth: number): string {
    const roll = this.choose(20);
    if (roll === 0) return `${this.#alias()}__typename${this.#condition()}`;
    if (depth > 0 && (roll < 4 || (isAbstractType(type) && roll < 14))) return this.#fragment(type, depth - 1);
    if (!('getFields' in type)) return '__typename';
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    const field = fields[this.choose(fields.length || 1)];
    return field ? this.#field(field, depth) : '__typename';
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type);
    const selection = isCompositeType(type) ? this.#selection(type, depth - 1) : '';
    return `${this.#alias()}${field.name}${this.#arguments(field)}${this.#condition()} ${selection}`;
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const conditions = Object.values(this.schema.getTypeMap()).filter((other) => isCompositeType(other) && !other.name.startsWith('__') && this.#overlap(type, other));
    const condition = conditions[this.choose(conditions.length)] as GraphQLCompositeType;
    const selection = this.#selection(condition, depth);
    if (this.choose(3) > 0) return `... on ${condition.name}${this.#condition()} ${selection}`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push('');
    this.#fragments[Number(name.slice(1))] = `fragment ${name} on ${condition.name} ${selection}`;
    return `...${name}${this.#condition()}`;
  }

  #overlap(one: GraphQLCompositeType, other: GraphQLCompositeType): boolean {
    const types = (type: GraphQLCompositeType) => (isObjectType(type) ? [type] : this.schema.getPossibleTypes(type));
    return types(one).some((type) => types(other).includes(type));
  }

  #alias(): string {
    return this.choose(3) > 0 ? '' : `${ALIASES[this.choose(ALIASES.length)]}: `;
  }

  #arguments({ args }: GraphQLField<unknown, unknown>): string {
    const given = args.filter(({ type }) => String(type).endsWith('!') || this.choose(2) > 0).map(({ name }) => `${name}: ${this.values[name]![this.choose(this.values[name]!.length)]}`);
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  #condition(): string {
    if (this.choose(6) > 0) return '';
    return ` @${['skip', 'include'][this.choose(2)]}(if: ${['$yes', '$no', 'true', 'false'][this.choose(4)]})`;
  }
}
