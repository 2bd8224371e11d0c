import { parse, type ExecutionResult } from 'graphql';
import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { InProcessClient } from '../../gateway/federation/in-process-client';
import type { SubgraphClient } from '../../gateway/federation/subgraph-client';
import type { Supergraph } from '../../gateway/federation/supergraph';
import { PlatformError } from '../../platform/errors';
import { eventually } from '../support/eventually';
import { serveEvents } from '../support/served-events';
import { serve } from '../support/served-subgraph';
import { EventSource, makeSubgraph, TEST_SCOPE, type Resolver, type TestContext, type TestSubgraph } from '../support/subgraphs';

interface Transport {
  name: string;
  open(subgraph: TestSubgraph): Promise<{ client: SubgraphClient; close(): Promise<void> }>;
}

const transports: Transport[] = [
  { name: 'in process', open: async (subgraph) => ({ client: new InProcessClient(subgraph), close: async () => {} }) },
  { name: 'over HTTP', open: (subgraph) => serve(subgraph) },
  { name: 'over HTTP and Server-Sent Events', open: (subgraph) => serveEvents(subgraph) },
];

function makeSubgraphs() {
  const ticked = new EventSource<{ ticked: { id: string } }>();
  const clock = makeSubgraph({
    name: 'clock',
    sdl: `type Query { tick(id: ID!): Tick when(at: Instant!): String } scalar Instant
      type Subscription { ticked(from: Int = 0): Tick! refusedTicks: Tick! }
      type Tick @key(fields: "id") { id: ID! seenBy: Int! who: String! }`,
    resolvers: {
      Query: { tick: ((_: never, { id }: { id: string }) => {
        if (id === 'none') throw new PlatformError('JOB_NOT_FOUND', 'There is no such tick.', { id });
        if (id === 'broken') throw new Error('the password is x');
        return { id };
      }) as Resolver },
      Subscription: {
        ticked: { subscribe: () => ticked.open() },
        refusedTicks: { subscribe: () => { throw new PlatformError('FORBIDDEN', 'No ticks for you.'); } },
      },
      Tick: {
        seenBy: ((_: never, __: never, context: TestContext) => (context.loaders as { number: number }).number) as Resolver,
        who: ((_: never, __: never, context: TestContext) => context.caller.name) as Resolver,
      },
    },
    references: { Tick: ({ id }) => ({ id }) },
  });
  Object.assign(clock.schema.getType('Instant')!, { parseLiteral: noInstant, parseValue: noInstant });
  const names = makeSubgraph({
    name: 'names', sdl: 'type Query { _names: Boolean } type Tick @key(fields: "id") { id: ID! label: String! }',
    resolvers: { Tick: { label: (({ id }: { id: string }) => {
      if (id === 'bad') throw new PlatformError('NAME_TAKEN', 'This tick has no label.');
      return `tick ${id}`;
    }) as unknown as Resolver } },
    references: { Tick: ({ id }) => ({ id }) },
  });
  return { clock, names, ticked };
}

function noInstant(): never {
  throw new TypeError('An instant was expected.');
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as ExecutionResult;

describe.each(transports)('a subgraph $name', ({ open }) => {
  const { clock, names, ticked } = makeSubgraphs();
  const opened: { client: SubgraphClient; close(): Promise<void> }[] = [];
  let graph: Supergraph;
  beforeAll(async () => {
    for (const subgraph of [clock, names]) opened.push(await open(subgraph));
    graph = buildSupergraph([clock, names].map(({ sdl }, index) => ({ sdl, client: opened[index]!.client })));
  });
  afterAll(async () => { for (const each of opened) await each.close(); });

  const ask = (text: string, variables?: Record<string, unknown>) => graph.execute({ document: parse(text), variables, scope: TEST_SCOPE });
  const listen = async (text: string, variables?: Record<string, unknown>) => {
    const answer = await graph.subscribe({ document: parse(text), variables, scope: TEST_SCOPE });
    if (!(Symbol.asyncIterator in answer)) throw new Error(JSON.stringify(answer));
    return answer;
  };
  const listening = (count: number) => eventually(() => expect(ticked.listenerCount).toBe(count));

  it('answers with the caller it was asked for', async () => {
    expect(plain(await ask('{ tick(id: "1") { id who label } }'))).toEqual({ data: { tick: { id: '1', who: 'bootstrap-admin', label: 'tick 1' } } });
  });

  it('tells a refusal with its code, its details and its own name', async () => {
    const { errors } = await ask('{ tick(id: "none") { id } }');
    expect(errors![0]).toMatchObject({ message: 'There is no such tick.', path: ['tick'], extensions: { code: 'JOB_NOT_FOUND', id: 'none', subgraph: 'clock' } });
  });

  it('tells BAD_USER_INPUT for a value that only the subgraph can read', async () => {
    for (const result of [await ask('{ when(at: "never") }'), await ask('query ($at: Instant!) { when(at: $at) }', { at: 'never' })]) {
      expect(result.errors!.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('completes each event of a subscription by other subgraphs, with fresh loaders each time', async () => {
    const stream = await listen('subscription { ticked { id seenBy label } }');
    const first = stream.next();
    await listening(1);
    ticked.emit({ ticked: { id: '1' } });
    ticked.emit({ ticked: { id: '2' } });
    const events = [await first, await stream.next()].map(({ value }) => plain(value).data!['ticked'] as { id: string; seenBy: number; label: string });
    expect(events.map(({ id, label }) => ({ id, label }))).toEqual([{ id: '1', label: 'tick 1' }, { id: '2', label: 'tick 2' }]);
    expect(events[1]!.seenBy).toBeGreaterThan(events[0]!.seenBy);
    await stream.return!();
    await listening(0);
  });

  it('keeps the error of one event out of the next', async () => {
    const stream = await listen('subscription { ticked { id label } }');
    const first = stream.next();
    await listening(1);
    for (const id of ['bad', '1']) ticked.emit({ ticked: { id } });
    expect(plain((await first).value)).toMatchObject({ data: null, errors: [{ path: ['ticked', 'label'], extensions: { code: 'NAME_TAKEN' } }] });
    expect(plain((await stream.next()).value)).toEqual({ data: { ticked: { id: '1', label: 'tick 1' } } });
    await stream.return!();
  });

  it('ends upstream at once when the reader leaves, also while it waits', async () => {
    const stream = await listen('subscription { ticked { id } }');
    const waiting = stream.next();
    await listening(1);
    expect(await stream.return!()).toEqual({ value: undefined, done: true });
    expect((await waiting).done).toBe(true);
    await listening(0);
  });

  it('tells why a subscription is refused, then ends', async () => {
    const answer = await graph.subscribe({ document: parse('subscription { refusedTicks { id } }'), scope: TEST_SCOPE });
    const refusal = Symbol.asyncIterator in answer ? (await answer.next()).value as ExecutionResult : answer;
    expect(refusal).toMatchObject({ errors: [{ message: 'No ticks for you.', extensions: { code: 'FORBIDDEN', subgraph: 'clock' } }] });
    expect(refusal).not.toHaveProperty('data');
    if (Symbol.asyncIterator in answer) expect((await answer.next()).done).toBe(true);
  });

  it('follows @include in a subscription', async () => {
    const stream = await listen('subscription ($label: Boolean!) { ticked { id label @include(if: $label) } }', { label: false });
    const first = stream.next();
    await listening(1);
    ticked.emit({ ticked: { id: '1' } });
    expect(plain((await first).value)).toEqual({ data: { ticked: { id: '1' } } });
    await stream.return!();
  });
});
