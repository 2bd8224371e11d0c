import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { limitRules, parseOptions } from '../../gateway/graphql/limits';
import { codeBlocks } from '../readme/code-blocks';
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
      expect([file, validate(schema, document, [...specifiedRules, ...limitRules])]).toEqual([file, []]);
    }
  });

  it('are those of the README, but for the id of a job', async () => {
    const shown = codeBlocks(await readFile(path.join(folder, '../../README.md'), 'utf8')).filter(({ language }) => language === 'graphql').map(({ text }) => text);
    for (const file of files) {
      const pattern = escapeRegExp(await textOf(file)).replace('the id of the job', '[0-9a-f-]{36}');
      expect([file, shown.filter((text) => new RegExp(`^${pattern}$`).test(text)).length]).toEqual([file, 1]);
    }
  });
});

function escapeRegExp(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
