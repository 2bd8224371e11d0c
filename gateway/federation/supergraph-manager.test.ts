import { parse } from 'graphql';
import { EventSource, makeSubgraph, TEST_SCOPE } from '../../test/support/subgraphs';
import { silentLog } from '../../platform/log';
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

describe('a supergraph whose members change', () => {
  it('answers by the new graph and tells who listens', async () => {
    const graph = new SupergraphManager([member(ticks), member(names('label'))], silentLog());
    const changes: boolean[] = [];
    const stop = graph.onChange(({ apiSchema }) => changes.push('title' in (apiSchema.getType('Tick') as unknown as { getFields(): object }).getFields()));
    expect(graph.replace(member(names('title')))).toBeNull();
    stop();
    expect((await ask(graph, '{ tick { title } }')).data).toEqual({ tick: { title: 'title' } });
    expect(graph.replace(member(names('label')))).toBeNull();
    expect(changes).toEqual([true]);
  });

  it('keeps the last good graph when a member does not compose, and says why', async () => {
    const graph = new SupergraphManager([member(ticks), member(names('label'))], silentLog());
    const { sdl } = graph;
    expect(graph.replace({ ...member(names('label')), sdl: 'type Tick { id: Missing }' })).toMatch(/Missing/);
    expect([graph.sdl, (await ask(graph, '{ tick { label } }')).data]).toEqual([sdl, { tick: { label: 'label' } }]);
  });

  it('lets open streams end with the plan they began with', async () => {
    const graph = new SupergraphManager([member(ticks), member(names('label'))], silentLog());
    const stream = await graph.subscribe({ document: parse('subscription { ticked { label } }'), scope: TEST_SCOPE }) as AsyncIterableIterator<unknown>;
    graph.replace(member(names('title')));
    ticked.emit({ ticked: { id: '1' } });
    expect((await stream.next()).value).toEqual({ data: { ticked: { label: 'label' } } });
    await stream.return!();
    expect(ticked.listenerCount).toBe(0);
  });

  it('does not start with members that do not compose', () => {
    expect(() => new SupergraphManager([{ ...member(ticks), sdl: 'type Query { a: Missing }' }], silentLog())).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });
});
