import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { getOperationAST, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import { limitRules, parseOptions } from '../../gateway/graphql/limits';
import { composedSchema } from '../support/composed.schema';

const folder = path.join(__dirname, '../../examples/graphql');
const textOf = (file: string) => readFile(path.join(folder, file), 'utf8');

describe('the operations under examples/graphql', () => {
  let schema: GraphQLSchema;
  let files: string[];
  beforeAll(async () => {
    schema = await composedSchema();
    files = (await readdir(folder)).sort();
  });

  it('are valid against the composed graph and within the limits', async () => {
    const operations = files.filter((file) => file.endsWith('.graphql'));
    expect(operations.length).toBeGreaterThanOrEqual(5);
    for (const file of operations) {
      const document = parse(await textOf(file), parseOptions);
      expect([file, validate(schema, document, [...specifiedRules, ...limitRules({ allowsIntrospection: true })])]).toEqual([file, []]);
    }
  });

  it('come with variables that fit', async () => {
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const operation = getOperationAST(parse(await textOf(file.replace(/json$/, 'graphql'))))!;
      const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], JSON.parse(await textOf(file)) as Record<string, unknown>);
      expect([file, errors]).toEqual([file, undefined]);
    }
  });
});
