import fc from 'fast-check';
import { execute, type ExecutionResult } from 'graphql';
import { makeLibrary } from '../../test/support/library';
import { randomOperations, type RandomOperation } from '../../test/support/random-operations';
import { messageOf } from '../../platform/errors';
import { TEST_SCOPE } from '../../test/support/subgraphs';
import { buildSupergraph } from './build-supergraph';
import { InProcessClient } from './in-process-client';

const RUNS = 2_000;
const SEED = 20_261_123;

const library = makeLibrary();
const graph = buildSupergraph(library.subgraphs.map((subgraph) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl })));

/** Fields of rows that fail; keys and what `@requires` reads do not, since only one of the two sides has to ask for them. */
const FAILING = [
  'Query.books:', 'Query.node:', 'Query.search:', 'Book.title:b1', 'Book.title:b3', 'Book.isbn:b1', 'Book.sequels:b1', 'Book.next:b2', 'Book.authors:b2',
  'Book.mainAuthor:b1', 'Book.reviews:b2', 'Book.rating:b1', 'Book.shipping:b3', 'Magazine.title:m1', 'Magazine.issue:m2', 'Magazine.reviews:m1',
  'Author.name:a1', 'Author.name:a2', 'Author.born:a3', 'Author.favourite:a1', 'Author.friends:a2', 'Author.reviews:a1', 'Review.text:r2', 'Review.stars:r1',
  'Review.author:r3', 'Review.book:r1',
];
const faults = fc.array(fc.tuple(fc.constantFrom(...FAILING), fc.constantFrom('throw' as const, 'null' as const)), { minLength: 2, maxLength: 8 });

/** The nulls that errors left behind. Which of several errors behind one null is told, GraphQL leaves open (§6.4.4). */
function errorNulls({ data, errors = [] }: ExecutionResult): Set<string> {
  return new Set(errors.map(({ path = [] }) => {
    let value: unknown = data;
    for (let length = 0; length <= path.length; length++) {
      if (value == null) return path.slice(0, length).join('.');
      value = (value as Record<string | number, unknown>)[path[length]!];
    }
    throw new Error(`There is no null at ${path.join('.')}`);
  }));
}

/**
 * The planner (0.0.38) gives up on a `@requires` field of an entity that the same subgraph reached from another entity of that type:
 * `{ book { reviews { book { shipping } } } }`, as https://github.com/graphql-hive/router/issues/1310 and its kin.
 */
const KNOWN_PLANNER_FAULT = /cannot be found in selection set of type Query/;

async function answer(operation: RandomOperation): Promise<ExecutionResult | null> {
  try {
    return await graph.execute({ ...operation, scope: TEST_SCOPE });
  } catch (error) {
    if (operation.text.includes('shipping') && KNOWN_PLANNER_FAULT.test(messageOf(error))) return null;
    throw error;
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe('the executor and graphql-js over one merged schema', () => {
  it('give the same data and leave the same nulls behind errors, whatever is asked and whatever fails', async () => {
    let withErrors = 0;
    await fc.assert(fc.asyncProperty(randomOperations(library.merged), faults, async (operation, failing) => {
      library.faults.clear();
      for (const [field, kind] of failing) library.faults.set(field, kind);
      const expected = await execute({ schema: library.merged, document: operation.document, variableValues: operation.variables });
      const actual = await answer(operation);
      fc.pre(actual !== null);
      expect(plain(actual.data)).toEqual(plain(expected.data));
      expect(errorNulls(actual)).toEqual(errorNulls(expected));
      if (expected.errors) withErrors += 1;
    }), { numRuns: RUNS, seed: SEED });
    expect(withErrors).toBeGreaterThan(RUNS / 10);
  // Some 25 s alone; beside other files on a busy machine more.
  }, 240_000);
});
