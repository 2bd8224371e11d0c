import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedDirective, isSpecifiedScalarType, parse, visit, type GraphQLSchema } from 'graphql';
import { SUBGRAPH_NAMES } from '../../platform/env';
import { composedSchema } from '../support/composed.schema';

type Described = { description?: string | null };

/** Every name that a reader of the documentation can open, with what it says: `Query.jobs(first:)`, `JobStatus.QUEUED`. */
function membersOf(schema: GraphQLSchema): Map<string, string> {
  const members = new Map<string, string>();
  const add = (place: string, { description }: Described) => members.set(place, description ?? '');
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    add(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) add(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      add(`${type.name}.${field.name}`, field);
      for (const argument of field.args) add(`${type.name}.${field.name}(${argument.name}:)`, argument);
    }
  }
  for (const directive of schema.getDirectives()) if (!isSpecifiedDirective(directive)) add(`@${directive.name}`, directive);
  return members;
}

describe('the documentation of the graph', () => {
  it('describes every type, field, argument, enum value and input of the composed graph in whole sentences', async () => {
    const members = membersOf(await composedSchema());
    expect(members.size).toBeGreaterThan(300);
    expect([...members].filter(([, description]) => !/^[A-Z`"0-9][^]*[.]$/.test(description))).toEqual([]);
  });

  it.each(SUBGRAPH_NAMES)('is not left to another subgraph by %s', async (name) => {
    const bare: string[] = [];
    const check = (node: { name: { value: string }; description?: unknown }) => { if (!node.description) bare.push(node.name.value); };
    visit(parse(await readFile(path.resolve(__dirname, '../../subgraphs', name, 'schema.graphql'), 'utf8')), {
      FieldDefinition: check, InputValueDefinition: check, EnumValueDefinition: check, EnumTypeDefinition: check, InputObjectTypeDefinition: check, ScalarTypeDefinition: check,
    });
    expect(bare).toEqual([]);
  });
});
