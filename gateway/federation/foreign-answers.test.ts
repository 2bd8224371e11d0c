import { parse, type ExecutionResult } from 'graphql';
import { PlatformError } from '../../platform/errors';
import { LINK, TEST_SCOPE } from '../../test/support/subgraphs';
import { buildSupergraph } from './build-supergraph';
import type { SubgraphClient, SubgraphOperation, Variables } from './subgraph-client';

/** A subgraph may be anybody's program: here it answers what the test says, whatever it was asked. */
class ScriptedClient implements SubgraphClient {
  readonly asked: { text: string; variables: Variables | undefined; signal: AbortSignal | undefined }[] = [];
  answer: (operation: SubgraphOperation) => ExecutionResult | Promise<ExecutionResult> = () => ({ data: {} });

  constructor(readonly name: string) {}

  async execute(operation: SubgraphOperation, variables: Variables | undefined, _scope: unknown, signal?: AbortSignal): Promise<ExecutionResult> {
    this.asked.push({ text: operation.text, variables, signal });
    return this.answer(operation);
  }

  subscribe(): never { throw new Error('unused'); }
  check() { return Promise.resolve(null); }
  close() { return Promise.resolve(); }
}

function makeGraph() {
  const shop = new ScriptedClient('shop');
  const stock = new ScriptedClient('stock');
  const sdls = [
    `type Query { items: [Item!] item: Item thing: Thing color: Color count: Int ratio: Float label: String isOpen: Boolean id: ID any: Any tags: [String!] }
     type Mutation { buy(id: ID!): Item } scalar Any enum Color { RED GREEN @inaccessible } union Thing = Item | Box type Box { size: Int! }
     type Item @key(fields: "id") { id: ID! name: String }`,
    'type Query { _stock: Boolean } type Item @key(fields: "id") { id: ID! left: Int! note: String }',
  ];
  const graph = buildSupergraph([shop, stock].map((client, index) => ({ client, sdl: LINK + sdls[index]! })));
  const ask = (text: string, overrides: { signal?: AbortSignal; variables?: Record<string, unknown> } = {}) => graph.execute({ document: parse(text), scope: TEST_SCOPE, ...overrides });
  return { shop, stock, ask };
}

const items = [1, 2, 3].map((id) => ({ __typename: 'Item', id: String(id), name: `item ${id}` }));

describe('an answer that does not fit the schema', () => {
  it.each([
    ['an enum value that clients may not see', 'color', 'GREEN'], ['an enum value that is none', 'color', 7], ['a fraction for an Int', 'count', 1.5],
    ['an Int beyond 32 bits', 'count', 2 ** 31], ['an object for a String', 'label', { a: 1 }], ['a text for a Float', 'ratio', 'much'],
    ['a text for a list', 'tags', 'one'], ['a text for an object', 'item', 'one'], ['a union without its type', 'thing', { size: 1 }],
    ['a union of a strange type', 'thing', { __typename: 'Query', size: 1 }],
  ])('is an error at its place and a null there: %s', async (_law, field, value) => {
    const { shop, ask } = makeGraph();
    shop.answer = () => ({ data: { [field]: value } });
    const selection = ['item', 'thing'].includes(field) ? '{ __typename }' : '';
    const result = await ask(`{ ${field} ${selection} }`);
    expect(result.data).toEqual({ [field]: null });
    expect(result.errors).toMatchObject([{ path: [field], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  });

  it('is coerced as GraphQL coerces results', async () => {
    const { shop, ask } = makeGraph();
    shop.answer = () => ({ data: { count: '7', label: 5, id: 12, isOpen: 1, ratio: true, any: { deep: [1] } } });
    expect(await ask('{ count label id isOpen ratio any }')).toEqual({ data: { count: 7, label: '5', id: '12', isOpen: true, ratio: 1, any: { deep: [1] } } });
  });

  it('cannot reach the prototype of anything', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => JSON.parse('{"data":{"__proto__":{"polluted":1},"item":{"__typename":"Item","id":"1","__proto__":{"polluted":1}}}}') as ExecutionResult;
    stock.answer = () => JSON.parse('{"data":{"_entities":[{"left":1,"__proto__":{"polluted":1}}]}}') as ExecutionResult;
    expect(await ask('{ item { id left } }')).toEqual({ data: { item: { id: '1', left: 1 } } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('an answer that is not what was asked for', () => {
  const entities = (...rows: unknown[]) => ({ data: { _entities: rows } });

  it('speaks for no field of another subgraph', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items: structuredClone(items), count: 7 } });
    stock.answer = () => entities(...items.map(() => ({ __typename: 'Item', note: 'n', name: 'mine now', id: '9' })));
    expect(await ask('{ items { id name note } }')).toEqual({ data: { items: items.map(({ id, name }) => ({ id, name, note: 'n' })) } });
  });

  it('brings nothing to the client that it was not asked for, at no level', async () => {
    const { shop, stock, ask } = makeGraph();
    const extra = { secret: 'extra', nested: { secret: ['extra'] }, name: 'extra', left: -1, tags: ['extra'], __schema: 'extra' };
    const item = (id: string) => ({ ...extra, __typename: 'Item', id });
    shop.answer = () => ({
      data: { ...extra, items: [item('1'), item('2')], thing: { ...extra, __typename: 'Box', size: 1, box: extra }, item: item('3') },
      extensions: { secret: 'extra' },
    });
    stock.answer = () => ({ data: { secret: 'extra', _entities: ['1', '2'].map((id) => ({ ...extra, __typename: 'Item', id, note: 'n', deep: { secret: 'extra' } })) }, extensions: { secret: 'extra' } });
    const result = await ask('{ items { id ... on Item { note } } thing { ... on Box { size } } item { ...a } } fragment a on Item { id }');
    expect(result).toEqual({ data: { items: [{ id: '1', note: 'n' }, { id: '2', note: 'n' }], thing: { size: 1 }, item: { id: '3' } } });
    expect(JSON.stringify(result)).not.toContain('extra');
  });

  it.each<[string, ExecutionResult]>([
    ['fewer entities', entities({ note: 'a' })], ['more entities', entities(1, 2, 3, 4)], ['no list', { data: { _entities: { note: 'a' } } }],
    ['entities that are none', entities('a', 'b', 'c')], ['no entities', { data: {} }], ['no data', { data: null }],
  ])('is one error at the place that holds what it leaves empty: %s', async (_title, answer) => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items: structuredClone(items) } });
    stock.answer = () => answer;
    const result = await ask('{ items { name note } }');
    expect(result.data).toEqual({ items: items.map(({ name }) => ({ name, note: null })) });
    expect(result.errors).toMatchObject([{ path: ['items'], extensions: { subgraph: 'stock' } }]);
  });

  it('is an error at each root field that it leaves out', async () => {
    const { shop, ask } = makeGraph();
    shop.answer = () => ({ data: { count: 1 } });
    expect(await ask('{ count colour: color }')).toMatchObject({ data: { count: 1, colour: null }, errors: [{ path: ['colour'], extensions: { subgraph: 'shop' } }] });
    shop.answer = () => ({ data: null });
    expect(await ask('{ count }')).toMatchObject({ data: { count: null }, errors: [{ path: ['count'] }] });
  });

  it('is an error where an object says that it is of another type', async () => {
    const { shop, ask } = makeGraph();
    shop.answer = () => ({ data: { count: 1, item: { __typename: 'Box', name: 'a' } } });
    expect(await ask('{ count item { name } }')).toMatchObject({ data: { count: 1, item: null }, errors: [{ path: ['item'] }] });
  });
});

describe('a subgraph that gives no answer', () => {
  it('is one error at the place that holds all it leaves empty; the rest is answered', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items } });
    stock.answer = () => { throw new PlatformError('SUBGRAPH_UNAVAILABLE', 'It is away.'); };
    const result = await ask('{ items { name note } }');
    expect(result.data).toEqual({ items: items.map(({ name }) => ({ name, note: null })) });
    expect(result.errors).toMatchObject([{ message: 'It is away.', path: ['items'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', subgraph: 'stock' } }]);
  });

  it('lets the nulls of its non-null fields rise without further errors', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items } });
    stock.answer = () => { throw new PlatformError('SUBGRAPH_UNAVAILABLE', 'It is away.'); };
    const result = await ask('{ items { name left } }');
    expect([result.data, result.errors?.length]).toEqual([{ items: null }, 1]);
  });

  it('is an error at the root field when that is all it was asked', async () => {
    const { shop, ask } = makeGraph();
    shop.answer = () => { throw new PlatformError('SUBGRAPH_UNAVAILABLE', 'It is away.'); };
    expect(await ask('{ mine: color }')).toMatchObject({ data: { mine: null }, errors: [{ path: ['mine'] }] });
    expect(await ask('{ color count }')).toMatchObject({ data: { color: null, count: null }, errors: [{ message: 'It is away.' }] });
  });
});

describe('a client that leaves', () => {
  it('stops a query before its next step', async () => {
    const { shop, stock, ask } = makeGraph();
    const leaving = new AbortController();
    shop.answer = () => { leaving.abort(); return { data: { items } }; };
    await ask('{ items { note } }', { signal: leaving.signal });
    expect([shop.asked[0]!.signal, stock.asked]).toEqual([leaving.signal, []]);
  });

  it('does not cut off a mutation', async () => {
    const { shop, stock, ask } = makeGraph();
    const leaving = new AbortController();
    shop.answer = () => { leaving.abort(); return { data: { buy: items[0] } }; };
    stock.answer = () => ({ data: { _entities: [{ note: 'bought' }] } });
    const result = await ask('mutation { buy(id: 1) { note } }', { signal: leaving.signal });
    expect([result.data, shop.asked[0]!.signal]).toEqual([{ buy: { note: 'bought' } }, undefined]);
  });
});

describe('what subgraphs are asked', () => {
  it('holds each entity once and only the variables it reads', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items: [...items, ...items] } });
    stock.answer = () => ({ data: { _entities: items.map(({ id }) => ({ note: `note ${id}` })) } });
    const result = await ask('query ($yes: Boolean!, $id: ID) { items { note @include(if: $yes) } }', { variables: { yes: true } });
    expect(stock.asked.map(({ variables }) => variables)).toEqual([{ representations: items.map(({ __typename, id }) => ({ __typename, id })) }]);
    expect(shop.asked[0]!.variables).toBeUndefined();
    expect((result.data as { items: { note: string }[] }).items.map(({ note }) => note)).toEqual(['note 1', 'note 2', 'note 3', 'note 1', 'note 2', 'note 3']);
  });

  it('leaves out what a condition takes away, keys included', async () => {
    const { shop, stock, ask } = makeGraph();
    shop.answer = () => ({ data: { items } });
    await ask('query ($yes: Boolean!) { items { name note @include(if: $yes) } }', { variables: { yes: false } });
    expect([shop.asked.map(({ text }) => text), stock.asked]).toEqual([['{items{name}}'], []]);
  });
});
