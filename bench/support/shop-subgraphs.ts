import { parse, type DocumentNode, type ExecutionResult } from 'graphql';
import { executeOperation } from '../../platform/subgraph/run-operation';
import { makeSubgraph, TEST_SCOPE, type Resolver, type TestSubgraph } from '../../test/support/subgraphs';

/** A page of a list: 14 to 25 products, 20 on average, with three reviews each. */
const FEWEST_PRODUCTS = 14;
const SIZES = 12;
const REVIEWS = 3;
const AUTHORS = 64;
const resolver = (resolve: (parent: { id: string }, given: { first: number }) => unknown) => resolve as unknown as Resolver;

/** A shop in three parts: products, their reviews, the authors of these. */
export function shopSubgraphs(): TestSubgraph[] {
  const product = (n: number) => ({ id: `p${n}`, name: `Product ${n}`, price: n * 3 });
  const author = (n: number) => ({ id: `a${n}`, name: `Author ${n}`, country: n % 2 ? 'FR' : 'DE' });
  return [
    makeSubgraph({
      name: 'catalog', sdl: 'type Query { products(first: Int!): [Product!]! } type Product @key(fields: "id") { id: ID! name: String! price: Int! }',
      resolvers: { Query: { products: resolver((_, { first }) => Array.from({ length: FEWEST_PRODUCTS + first % SIZES }, (_row, n) => product(n))) } },
    }),
    makeSubgraph({
      name: 'reviews', sdl: `type Query { _reviews: Boolean } type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
        type Review { id: ID! stars: Int! author: Author! } type Author @key(fields: "id") { id: ID! }`,
      resolvers: { Product: { reviews: resolver(({ id }) => Array.from({ length: REVIEWS }, (_row, n) => ({ id: `${id}r${n}`, stars: n, author: { id: `a${(Number(id.slice(1)) * REVIEWS + n) % AUTHORS}` } }))) } },
      references: { Product: ({ id }) => ({ id }) },
    }),
    makeSubgraph({
      name: 'people', sdl: 'type Query { _people: Boolean } type Author @key(fields: "id") { id: ID! name: String! country: String! }',
      references: { Author: ({ id }) => author(Number(String(id).slice(1))) },
    }),
  ];
}

const documents = new Map<string, DocumentNode>();

/** How a gateway of other people, in whose process this is loaded, asks the subgraphs: by text, which is parsed once, or by document. */
export function localExecutor(): (name: string, query: string | DocumentNode, variables?: Record<string, unknown>) => Promise<ExecutionResult> {
  const byName = new Map(shopSubgraphs().map((subgraph) => [subgraph.name, subgraph]));
  return (name, query, variables) => executeOperation(byName.get(name)!, { document: typeof query === 'string' ? parsed(query) : query, variables, scope: TEST_SCOPE });
}

function parsed(query: string): DocumentNode {
  const known = documents.get(query) ?? parse(query);
  documents.set(query, known);
  return known;
}
