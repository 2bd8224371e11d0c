import fs from 'node:fs';
import path from 'node:path';
import { openInference, type InferenceBench } from '../support/inference';

describe('the inference schema', () => {
  let bench: InferenceBench;
  beforeAll(async () => { bench = await openInference(); });
  afterAll(() => bench.close());

  it('is the committed snapshot', () => {
    expect(fs.readFileSync(path.resolve(__dirname, '../../subgraphs/inference/schema.graphql'), 'utf8')).toBe(bench.subgraph.sdl);
  });
});
