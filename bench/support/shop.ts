import { EventSource, makeSubgraph, type Resolver, type TestSubgraph } from '../../test/support/subgraphs';

/** Items and their changes. */
export function shopSubgraph(changed = new EventSource<object>()): TestSubgraph {
  return makeSubgraph({
    name: 'shop', sdl: 'type Query { items: [Item!] } type Item @key(fields: "id") { id: ID! name: String } type Subscription { itemChanged: Item! }',
    resolvers: {
      Query: { items: () => [{ id: '1', name: 'Ink' }, { id: '2', name: 'Pen' }] },
      Subscription: { itemChanged: { subscribe: () => changed.open() } },
    },
  });
}

/** What the items cost. */
export function priceSubgraph(): TestSubgraph {
  return makeSubgraph({
    name: 'prices', sdl: 'type Query { _prices: Boolean } type Item @key(fields: "id") { id: ID! price: Int }',
    resolvers: { Item: { price: (({ id }: { id: string }) => Number(id) * 100) as unknown as Resolver } }, references: { Item: ({ id }) => ({ id }) },
  });
}
