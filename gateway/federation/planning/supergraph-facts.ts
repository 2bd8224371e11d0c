import {
  Kind, parse,
  type ConstDirectiveNode, type DefinitionNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode, type OperationDefinitionNode,
  type SelectionSetNode, type TypeNode,
} from 'graphql';

/** Field names by type name. */
export type ProvidedFields = ReadonlyMap<string, ReadonlySet<string>>;

/** What a supergraph's join directives say of entities and `@requires`. */
export class SupergraphFacts {
  readonly definitions: readonly DefinitionNode[];
  readonly queryName: string;
  /** Of each entity type the keys whose fields are all plain. */
  readonly keys: ReadonlyMap<string, readonly (readonly string[])[]>;
  #types: ReadonlyMap<string, ObjectTypeDefinitionNode>;

  constructor(supergraphSdl: string) {
    this.definitions = parse(supergraphSdl, { noLocation: true }).definitions;
    const types = this.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION);
    const schema = this.definitions.find((definition) => definition.kind === Kind.SCHEMA_DEFINITION);
    this.queryName = schema?.operationTypes.find(({ operation }) => operation === 'query')?.type.name.value ?? 'Query';
    this.keys = new Map(types.map((type) => [type.name.value, plainKeysOf(joinTypes(type))] as const).filter(([, keys]) => keys.length > 0));
    this.#types = new Map(types.map((type) => [type.name.value, type]));
  }

  isKey(typeName: string, fieldName: string): boolean {
    return this.keys.get(typeName)?.some((key) => key.includes(fieldName)) ?? false;
  }

  /** The plain keys by which the subgraphs know an entity that have a field of it with `@requires`. */
  keysAt(typeName: string, fieldName: string): readonly (readonly string[])[] {
    const type = this.#types.get(typeName);
    const joins = joinFields(type?.fields?.find(({ name }) => name.value === fieldName));
    const graphs = new Set(joins.filter((directive) => argumentOf(directive, 'requires') !== null).map((directive) => argumentOf(directive, 'graph')));
    return type ? plainKeysOf(joinTypes(type).filter((directive) => graphs.has(argumentOf(directive, 'graph')))) : [];
  }

  /** The fields that a field's `@requires` names, of its type and of those below; null when it has none, or names abstract types. */
  requiredBy(typeName: string, fieldName: string): ProvidedFields | null {
    const field = this.#types.get(typeName)?.fields?.find(({ name }) => name.value === fieldName);
    const required = joinFields(field).map((directive) => argumentOf(directive, 'requires')).filter((fields) => fields !== null);
    if (required.length === 0) return null;
    const { selectionSet } = parse(`{ ${required.join(' ')} }`, { noLocation: true }).definitions[0] as OperationDefinitionNode;
    const found = new Map<string, Set<string>>();
    return this.#collect(typeName, selectionSet, found) ? found : null;
  }

  #collect(typeName: string, { selections }: SelectionSetNode, found: Map<string, Set<string>>): boolean {
    const fields = this.#types.get(typeName)?.fields;
    const names = found.get(typeName) ?? new Set();
    found.set(typeName, names);
    return selections.every((selection) => {
      const field = selection.kind === Kind.FIELD && fields?.find(({ name }) => name.value === selection.name.value);
      if (!field) return false;
      names.add(field.name.value);
      return !selection.selectionSet || this.#collect(namedType(field.type), selection.selectionSet, found);
    });
  }
}

export function joinTypes({ directives = [] }: ObjectTypeDefinitionNode): ConstDirectiveNode[] {
  return directives.filter(({ name }) => name.value === 'join__type');
}

export function argumentOf({ arguments: given = [] }: ConstDirectiveNode, name: string): string | null {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value && 'value' in value ? String(value.value) : null;
}

function joinFields(field: FieldDefinitionNode | undefined): ConstDirectiveNode[] {
  return field?.directives?.filter(({ name }) => name.value === 'join__field') ?? [];
}

function plainKeysOf(joins: readonly ConstDirectiveNode[]): string[][] {
  const keys = joins.filter((directive) => argumentOf(directive, 'resolvable') !== 'false').map((directive) => argumentOf(directive, 'key'));
  const plain = keys.filter((key) => key !== null).filter((key) => !/[{(]/.test(key));
  return [...new Set(plain)].map((key) => key.trim().split(/[\s,]+/));
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
