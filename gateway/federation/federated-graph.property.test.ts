import fc from 'fast-check';
import { execute, type ExecutionResult } from 'graphql';
import { makeCinema } from '../../test/support/cinema';
import { makeLibrary } from '../../test/support/library';
import { randomOperations } from '../../test/support/random-operations';
import { makeShop } from '../../test/support/shop';
import { TEST_SCOPE } from '../../test/support/subgraphs';
import { buildSupergraph } from './build-supergraph';
import { InProcessClient } from './in-process-client';

/** Of each of the three graphs. */
const RUNS = 700;
const SEED = 20_261_123;

/** Fields of rows that fail; keys and what `@requires` reads do not, since only one of the two sides has to ask for them. */
const graphs = [
  {
    name: 'a library', ...makeLibrary(), ids: ['b1', 'b2', 'b3', 'a1', 'a2', 'r1', 'r2', 'm1'],
    failing: [
      'Query.books:', 'Query.node:', 'Query.search:', 'Book.title:b1', 'Book.title:b3', 'Book.isbn:b1', 'Book.sequels:b1', 'Book.next:b2', 'Book.authors:b2',
      'Book.mainAuthor:b1', 'Book.reviews:b2', 'Book.rating:b1', 'Book.shipping:b3', 'Magazine.title:m1', 'Magazine.issue:m2', 'Magazine.reviews:m1',
      'Author.name:a1', 'Author.name:a2', 'Author.born:a3', 'Author.favourite:a1', 'Author.friends:a2', 'Author.reviews:a1', 'Review.text:r2', 'Review.stars:r1',
      'Review.author:r3', 'Review.book:r1',
    ],
  },
  {
    name: 'a cinema', ...makeCinema(), ids: ['f1', 'f2', 's1', 's2', 'p1', 'p3'],
    failing: [
      'Query.medias:', 'Query.worst:', 'Query.people:', 'Film.title:f1', 'Film.minutes:f2', 'Film.director:f1', 'Film.sequel:f1', 'Film.cast:f3', 'Film.awards:f2',
      'Series.title:s1', 'Series.seasons:s2', 'Series.spinOff:s1', 'Media.score:f1', 'Media.score:s2', 'Media.comments:f2', 'Comment.body:c1', 'Comment.on:c3', 'Comment.by:c2',
      'Person.films:p1', 'Person.agent:p1', 'Person.comments:p2', 'Person.awards:p1', 'Oscar.year:w1', 'Oscar.film:w1', 'Bear.metal:w2', 'Bear.film:w2', 'Oscar.to:w1',
    ],
  },
  {
    name: 'a shop', ...makeShop(), ids: ['u1', 'u2', 'u4', 'e1', 'e2'],
    failing: [
      'Query.products:', 'Query.basket:', 'Query.cheapest:', 'Product.likeThis:u1', 'Product.inStock:u2', 'Product.warehouse:u3', 'Product.total:u1', 'Product.boughtWith:u4',
      'Warehouse.products:h1', 'Warehouse.keeper:h2', 'Warehouse.city:h1', 'Warehouse.staff:h2', 'Line.count:l1', 'Line.product:l2', 'Line.seller:l1', 'Employee.sold:e1',
      'Employee.boss:e2', 'Employee.works:e1', 'Query.staff:',
    ],
  },
];

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

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe.each(graphs)('the executor and graphql-js over one merged schema of $name', ({ subgraphs, merged, faults, failing, ids }) => {
  const graph = buildSupergraph(subgraphs.map((subgraph) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl })));
  const failures = fc.array(fc.tuple(fc.constantFrom(...failing), fc.constantFrom('throw' as const, 'null' as const)), { minLength: 2, maxLength: 8 });

  it('give the same data and leave the same nulls behind errors, whatever is asked and whatever fails', async () => {
    let withErrors = 0;
    await fc.assert(fc.asyncProperty(randomOperations(merged, ids), failures, async (operation, failed) => {
      faults.clear();
      for (const [field, kind] of failed) faults.set(field, kind);
      const expected = await execute({ schema: merged, document: operation.document, variableValues: operation.variables });
      const actual = await graph.execute({ ...operation, scope: TEST_SCOPE });
      expect(plain(actual.data)).toEqual(plain(expected.data));
      expect(errorNulls(actual)).toEqual(errorNulls(expected));
      if (expected.errors) withErrors += 1;
    }), { numRuns: RUNS, seed: SEED });
    expect(withErrors).toBeGreaterThan(RUNS / 20);
  // A busy machine takes its time over so many operations.
  }, 240_000);
});
