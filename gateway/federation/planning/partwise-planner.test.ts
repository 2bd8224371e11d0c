import { execute, parse, type ExecutionResult } from 'graphql';
import { makeLibrary } from '../../../test/support/library';
import { makeShop } from '../../../test/support/shop';
import { makeSubgraph, TEST_SCOPE, type TestSubgraph } from '../../../test/support/subgraphs';
import { buildSupergraph } from '../build-supergraph';
import { InProcessClient } from '../in-process-client';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function graphOf(subgraphs: readonly TestSubgraph[]) {
  return buildSupergraph(subgraphs.map((subgraph) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl })));
}

/** The answer, and how often each subgraph was asked for it. */
async function askCounted(subgraphs: readonly TestSubgraph[], text: string) {
  const graph = graphOf(subgraphs);
  const before = subgraphs.map(({ executions }) => executions());
  const result = await graph.execute({ document: parse(text), scope: TEST_SCOPE });
  return { result: plain(result) as ExecutionResult, calls: Object.fromEntries(subgraphs.map(({ name, executions }, index) => [name, executions() - before[index]!])) };
}

describe('an operation that is planned in parts', () => {
  it('asks no subgraph more often than one plan would', async () => {
    const { subgraphs, merged } = makeLibrary();
    const text = '{ books { reviews { book { shipping rating title } } } }';
    const { result, calls } = await askCounted(subgraphs, text);
    expect(result).toEqual(plain(await execute({ schema: merged, document: parse(text) })));
    expect(calls).toEqual({ catalog: 2, 'people-and-names': 0, reviews: 2 });
  });

  it('fetches once what a field requires by a field that requires', async () => {
    const { subgraphs, merged } = makeShop();
    const text = '{ product(id: "u1") { price total postage } }';
    const { result, calls } = await askCounted(subgraphs, text);
    expect(result).toEqual(plain(await execute({ schema: merged, document: parse(text) })));
    expect(calls).toEqual({ products: 1, stock: 1, selling: 1, staff: 0 });
  });

  it('reads variables in every part', async () => {
    const { subgraphs, merged } = makeLibrary();
    const text = 'query ($country: String, $n: Int) { books { reviews(first: $n) { book { shipping(country: $country) } } } }';
    const variables = { country: 'fr', n: 1 };
    const result = await graphOf(subgraphs).execute({ document: parse(text), variables, scope: TEST_SCOPE });
    expect(plain(result)).toEqual(plain(await execute({ schema: merged, document: parse(text), variableValues: variables })));
  });

  it('completes the events of a subscription', async () => {
    const { subgraphs, bookChanged } = makeLibrary();
    const stream = await graphOf(subgraphs).subscribe({ document: parse('subscription { bookChanged { reviews { book { shipping } } } }'), scope: TEST_SCOPE });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    const first = stream.next();
    bookChanged.emit({ bookChanged: { __typename: 'Book', id: 'b2' } });
    expect(plain((await first).value)).toEqual({ data: { bookChanged: { reviews: [{ book: { shipping: 400 } }, { book: { shipping: 400 } }] } } });
    await stream.return!();
  });

  it('is refused as the planner refuses it where an entity has nested keys alone', async () => {
    const catalog = makeSubgraph({ name: 'catalog', sdl: 'type Query { book: Book } type Book @key(fields: "code { text }") { code: Code size: Int } type Code { text: ID! @shareable }' });
    const reviews = makeSubgraph({
      name: 'reviews', sdl: `type Review { book: Book } type Code { text: ID! @shareable }
        type Book @key(fields: "code { text }") { code: Code size: Int @external reviews: [Review] shipping: Int @requires(fields: "size") }`,
    });
    const asked = graphOf([catalog, reviews]).execute({ document: parse('{ book { reviews { book { shipping } } } }'), scope: TEST_SCOPE });
    await expect(asked).rejects.toThrow(/Failed to plan query/);
  });
});
