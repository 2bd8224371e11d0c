import { isAbstractType, isInterfaceType, type GraphQLSchema } from 'graphql';

export type TypeNames = ReadonlySet<string>;

/** Says which object types satisfy a type condition, so that the executor asks one Set per value. */
export class TypeConditions {
  #known = new Map<string, TypeNames>();

  /** What an `@interfaceObject` calls its objects: the interface's name, until a subgraph that knows the types tells the object's own. */
  readonly interfaces: TypeNames;

  /** `schema` is the supergraph's own, with the types that clients do not see. */
  constructor(private readonly schema: GraphQLSchema) {
    this.interfaces = new Set(Object.values(schema.getTypeMap()).filter(isInterfaceType).map(({ name }) => name));
  }

  of(conditions: string | readonly string[]): TypeNames {
    const names = typeof conditions === 'string' ? [conditions] : conditions;
    const key = names.join('|');
    const known = this.#known.get(key) ?? new Set(names.flatMap((name) => this.#expand(name)));
    this.#known.set(key, known);
    return known;
  }

  /** The name itself belongs to it: an `@interfaceObject` answers with the interface as its `__typename`. */
  #expand(name: string): string[] {
    const type = this.schema.getType(name);
    return isAbstractType(type) ? [name, ...this.schema.getPossibleTypes(type).map((possible) => possible.name)] : [name];
  }
}
