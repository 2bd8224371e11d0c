import {
  Kind, parse, print,
  type ConstDirectiveNode, type DefinitionNode, type EnumTypeDefinitionNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode,
} from 'graphql';
import { joinTypes, argumentOf, type SupergraphFacts, type ProvidedFields } from './supergraph-facts';

/** The subgraph that exists for the planner alone. */
export const ENTRY_SUBGRAPH = '_entry';
const ENTRY_GRAPH = 'ENTRY_';

/** The field of Query by which a plan enters at an entity. */
export function entryField(typeName: string): string {
  return `_entry_${typeName}`;
}

/** What the entry of one type knows beyond the keys of all. */
export interface EntryFields {
  readonly typeName: string;
  /** Instead of all its keys. */
  readonly keys: readonly (readonly string[])[];
  /** Of the type and of those below it. */
  readonly provided: ProvidedFields;
  /** Nobody else gives these fields then: no plan fetches again what is known. It must not need them of other entities. */
  readonly isExclusive: boolean;
}

/**
 * A supergraph with one more subgraph, whose root fields give any entity: its keys and what is provided beyond them, nothing else. A plan
 * for `{ _entry_Book { … } }` tells how to complete books that one already has; its first fetch is never run, but tells what has to be
 * known of them.
 */
export function withEntries({ definitions, queryName, keys }: SupergraphFacts, entry: EntryFields | null): string {
  const extended = definitions.map((definition): DefinitionNode => {
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph') return withEntryGraph(definition);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return definition;
    const { value: name } = definition.name;
    if (name === queryName) return withEntryFields(definition, [...keys.keys()]);
    const provided = entry?.provided.get(name);
    const ownKeys = entry?.typeName === name ? entry.keys : keys.get(name) ?? [];
    if (ownKeys.length === 0 && !provided) return definition;
    // A plan may come back for what is provided, but goes nowhere else by way of the entry.
    const joins = ownKeys.map((key) => `key: "${key.join(' ')}", resolvable: ${String(entry?.typeName === name)}`);
    return withEntry(definition, joins, (field, directives) => {
      if (provided?.has(field)) return directives.filter((directive) => isKept(directive, entry!.isExclusive));
      return ownKeys.flat().includes(field) ? directives : null;
    });
  });
  return print({ kind: Kind.DOCUMENT, definitions: extended });
}

function withEntryGraph(graphs: EnumTypeDefinitionNode): EnumTypeDefinitionNode {
  const entry = definitionIn(`enum G { ${ENTRY_GRAPH} @join__graph(name: "${ENTRY_SUBGRAPH}", url: "") }`) as EnumTypeDefinitionNode;
  return { ...graphs, values: [...graphs.values ?? [], ...entry.values!] };
}

function withEntryFields(query: ObjectTypeDefinitionNode, typeNames: readonly string[]): ObjectTypeDefinitionNode {
  const fields = typeNames.map((name) => `${entryField(name)}: ${name} @join__field(graph: ${ENTRY_GRAPH})`);
  if (fields.length === 0) return query;
  const entry = definitionIn(`type Q @join__type(graph: ${ENTRY_GRAPH}) { ${fields.join(' ')} }`) as ObjectTypeDefinitionNode;
  const { directives = [], fields: own = [] } = explicit(query);
  return { ...query, directives: [...directives, ...entry.directives!], fields: [...own, ...entry.fields!] };
}

/** Adds the entry to a type and to the fields of which `others` gives their other directives; null: the entry does not know the field. */
function withEntry(
  type: ObjectTypeDefinitionNode, keys: readonly string[],
  others: (field: string, directives: readonly ConstDirectiveNode[]) => readonly ConstDirectiveNode[] | null,
): ObjectTypeDefinitionNode {
  const graph = `graph: ${ENTRY_GRAPH}`;
  const joins = keys.length > 0 ? keys.map((key) => `@join__type(${graph}, ${key})`) : [`@join__type(${graph})`];
  const entry = definitionIn(`type T ${joins.join(' ')} { f: Int @join__field(${graph}) }`) as ObjectTypeDefinitionNode;
  const { directives = [], fields = [] } = explicit(type);
  const atEntry = (field: FieldDefinitionNode): FieldDefinitionNode => {
    const kept = others(field.name.value, field.directives ?? []);
    return kept ? { ...field, directives: [...kept, ...entry.fields![0]!.directives!] } : field;
  };
  return { ...type, directives: [...directives, ...entry.directives!], fields: fields.map(atEntry) };
}

/** What the entry provides is never worked out anew by `@requires`: where one waits for another, that is what the planner fails at. */
function isKept(directive: ConstDirectiveNode, isExclusive: boolean): boolean {
  if (directive.name.value !== 'join__field' || argumentOf(directive, 'external') === 'true') return true;
  return !isExclusive && argumentOf(directive, 'requires') === null;
}

/** A field without `@join__field` is in every subgraph of its type; it has to say so before the type gets one more. */
function explicit(type: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode {
  const graphs = new Set(joinTypes(type).map((directive) => argumentOf(directive, 'graph')));
  const everywhere = [...graphs].map((graph) => `@join__field(graph: ${graph})`).join(' ');
  const { fields: [all] = [] } = definitionIn(`type T { f: Int ${everywhere} }`) as ObjectTypeDefinitionNode;
  const saysNothing = (directives: readonly ConstDirectiveNode[]) => !directives.some(({ name }) => name.value === 'join__field');
  return {
    ...type,
    fields: type.fields?.map((field) => {
      const { directives = [] } = field;
      return saysNothing(directives) ? { ...field, directives: [...directives, ...all!.directives!] } : field;
    }),
  };
}

function definitionIn(sdl: string): DefinitionNode {
  return parse(sdl, { noLocation: true }).definitions[0]!;
}
