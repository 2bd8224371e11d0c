import { composeSupergraph } from '../../gateway/federation/compose';
import { serveForeign } from '../../test/support/foreign-subgraph';
import { makeSubgraph, type Resolver, type TestSubgraph } from '../../test/support/subgraphs';

const PRODUCTS = 12;
const REVIEWS = 3;
const resolver = (resolve: (parent: { id: string }, given: { first: number }) => unknown) => resolve as unknown as Resolver;

function subgraphs(): TestSubgraph[] {
  const product = (n: number) => ({ id: `p${n}`, name: `Product ${n}`, price: n * 3 });
  const author = (n: number) => ({ id: `a${n}`, name: `Author ${n}`, country: n % 2 ? 'FR' : 'DE' });
  return [
    makeSubgraph({
      name: 'catalog', sdl: 'type Query { products(first: Int!): [Product!]! } type Product @key(fields: "id") { id: ID! name: String! price: Int! }',
      resolvers: { Query: { products: resolver((_, { first }) => Array.from({ length: first % PRODUCTS + 1 }, (_row, n) => product(n))) } },
    }),
    makeSubgraph({
      name: 'reviews', sdl: `type Query { _reviews: Boolean } type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
        type Review { id: ID! stars: Int! author: Author! } type Author @key(fields: "id") { id: ID! }`,
      resolvers: { Product: { reviews: resolver(({ id }) => Array.from({ length: REVIEWS }, (_row, n) => ({ id: `${id}r${n}`, stars: n, author: { id: `a${(Number(id.slice(1)) + n) % 8}` } }))) } },
      references: { Product: ({ id }) => ({ id }) },
    }),
    makeSubgraph({
      name: 'people', sdl: 'type Query { _people: Boolean } type Author @key(fields: "id") { id: ID! name: String! country: String! }',
      references: { Author: ({ id }) => author(Number(String(id).slice(1))) },
    }),
  ];
}

/** Three subgraphs over HTTP; the first line of its output is their supergraph, as JSON text. */
async function main(): Promise<void> {
  const served = await Promise.all(subgraphs().map(async (subgraph) => ({ name: subgraph.name, sdl: subgraph.sdl, url: (await serveForeign(subgraph)).url })));
  process.stdout.write(`ready ${JSON.stringify(composeSupergraph(served).sdl)}\n`);
}

void main();
