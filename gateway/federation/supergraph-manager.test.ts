import { parse } from 'graphql';
import { EventSource, makeSubgraph, TEST_SCOPE } from '../../test/support/subgraphs';
import { buildSupergraph } from './build-supergraph';
import { composeSupergraph } from './compose';
import { InProcessClient } from './in-process-client';
import { SupergraphManager } from './supergraph-manager';

const member = (subgraph: ReturnType<typeof makeSubgraph>) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl });
const ticked = new EventSource<{ ticked: { id: string } }>();
const ticks = makeSubgraph({
  name: 'ticks', sdl: 'type Query { tick: Tick } type Tick @key(fields: "id") { id: ID! } type Subscription { ticked: Tick! }',
  resolvers: { Query: { tick: () => ({ id: '1' }) }, Subscription: { ticked: { subscribe: () => ticked.open() } } },
});
const names = (label: string) => makeSubgraph({
  name: 'names', sdl: `type Query { _names: Boolean } type Tick @key(fields: "id") { id: ID! ${label}: String! }`,
  resolvers: { Tick: { [label]: () => label } }, references: { Tick: ({ id }) => ({ id }) },
});
const ask = (graph: SupergraphManager, text: string) => graph.execute({ document: parse(text), scope: TEST_SCOPE });

describe('composition', () => {
  it('refuses subgraphs that do not fit, with every reason', () => {
    const bad = { name: 'bad', url: 'http://bad', sdl: 'type Query { tick: Int a: Missing b: Absent }' };
    expect(() => composeSupergraph([{ name: 'ticks', url: 'http://ticks', sdl: ticks.sdl }, bad])).toThrow(/Missing[^]*Absent/);
  });

  it('names the subgraph whose SDL is no GraphQL', () => {
    expect(() => composeSupergraph([{ name: 'bad', url: 'http://bad', sdl: 'type {' }])).toThrow(/\[bad\] Syntax Error/);
  });

  it('keeps descriptions and hides what clients may not see', () => {
    const { apiSdl } = composeSupergraph([{ name: 'a', url: 'http://a', sdl: '"All questions." type Query { "The first." one: Int }' }]);
    expect(apiSdl).toMatch(/All questions\.[^]*The first\./);
    expect(apiSdl).not.toMatch(/join__|_entities/);
  });
});

describe('a supergraph that is replaced', () => {
  const graphOf = (...subgraphs: ReturnType<typeof makeSubgraph>[]) => buildSupergraph(subgraphs.map(member));
  const subscribe = (graph: SupergraphManager) =>
    graph.subscribe({ document: parse('subscription { ticked { label } }'), scope: TEST_SCOPE }) as Promise<AsyncIterableIterator<unknown>>;

  it('answers by the new graph and tells who listens', async () => {
    const graph = new SupergraphManager(graphOf(ticks, names('label')));
    const changes: boolean[] = [];
    const stop = graph.onChange(({ apiSchema }) => changes.push('title' in (apiSchema.getType('Tick') as unknown as { getFields(): object }).getFields()));
    await graph.replace(graphOf(ticks, names('title')));
    stop();
    expect((await ask(graph, '{ tick { title } }')).data).toEqual({ tick: { title: 'title' } });
    await graph.replace(graphOf(ticks, names('label')));
    expect(changes).toEqual([true]);
  });

  it('lets open streams end with the plan they began with, and only then is the graph before over', async () => {
    const graph = new SupergraphManager(graphOf(ticks, names('label')));
    const stream = await subscribe(graph);
    let isOver = false;
    const over = graph.replace(graphOf(ticks, names('title'))).then(() => { isOver = true; });
    ticked.emit({ ticked: { id: '1' } });
    expect((await stream.next()).value).toEqual({ data: { ticked: { label: 'label' } } });
    expect(isOver).toBe(false);
    await stream.return!();
    await over;
    expect(ticked.listenerCount).toBe(0);
  });

  it('runs a document on the graph that it was validated for, as long as that is in use', async () => {
    const graph = new SupergraphManager(graphOf(ticks, names('label')));
    const stream = await subscribe(graph);
    const document = parse('{ tick { label } }');
    graph.hold(document);
    const over = graph.replace(graphOf(ticks, names('title')));
    expect((await graph.execute({ document, scope: TEST_SCOPE })).data).toEqual({ tick: { label: 'label' } });
    expect(graph.of(document)).not.toBe(graph.of(parse('{ tick { title } }')));
    await stream.return!();
    await over;
    expect(graph.of(document)).toBe(graph.of(parse('{ tick { title } }')));
  });

  it('is over at once when nothing runs on it, also after a refused subscription', async () => {
    const graph = new SupergraphManager(graphOf(ticks, names('label')));
    expect(await graph.subscribe({ document: parse('subscription ($a: Int!) { ticked { label } }'), scope: TEST_SCOPE })).toHaveProperty('errors');
    await graph.replace(graphOf(ticks, names('title')));
  });
});
