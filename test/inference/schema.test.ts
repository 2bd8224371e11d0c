import fs from 'node:fs';
import path from 'node:path';
import { parse, visit } from 'graphql';
import { openInference, type InferenceBench } from '../support/inference';

describe('the inference schema', () => {
  let bench: InferenceBench;
  beforeAll(async () => { bench = await openInference(); });
  afterAll(() => bench.close());

  it('is the committed snapshot', () => {
    expect(fs.readFileSync(path.resolve(__dirname, '../../subgraphs/inference/schema.graphql'), 'utf8')).toBe(bench.subgraph.sdl);
  });

  it('describes every field, argument, value and input', () => {
    const bare: string[] = [];
    const check = (node: { name: { value: string }; description?: unknown }) => { if (!node.description) bare.push(node.name.value); };
    visit(parse(bench.subgraph.sdl), {
      FieldDefinition: check, InputValueDefinition: check, EnumValueDefinition: check, EnumTypeDefinition: check, InputObjectTypeDefinition: check, ScalarTypeDefinition: check,
    });
    expect(bare).toEqual([]);
  });
});
