import { buildSupergraph } from '../../gateway/federation/build-supergraph';
import { GatewayMetrics } from '../../gateway/metrics/gateway.metrics';
import { MeasuredClient } from '../../gateway/metrics/measured.client';
import type { SubgraphClient } from '../../gateway/federation/subgraph-client';
import { exchange, openDoors, post, type Doors } from '../support/door.gateway';
import { eventually } from '../support/eventually';

describe('the metrics of plans and subgraphs', () => {
  let doors: Doors;
  let answer: SubgraphClient['execute'];
  beforeEach(async () => {
    const metrics = new GatewayMetrics();
    const client = new MeasuredClient({
      name: 'names', check: async () => null, close: async () => undefined, subscribe: async () => ({ errors: [] }),
      execute: (...call) => answer(...call),
    }, metrics);
    const onLookup = (isHit: boolean) => metrics.countPlan(isHit);
    doors = await openDoors({ metrics, supergraph: buildSupergraph([{ client, sdl: 'type Query { name: String other: String }' }], { onLookup }) });
    answer = async () => ({ data: { name: 'Ada', other: 'Bob' } });
  });
  afterEach(() => doors.close());

  async function value(line: string): Promise<number> {
    const { text } = await exchange(`${doors.url}/metrics`);
    return Number(text.split('\n').find((each) => each.startsWith(`${line} `))?.slice(line.length) ?? 0);
  }

  it('count operations that were planned, and those that found their plan', async () => {
    for (const query of ['{ name }', '{ name }', '{ name }', '{ other }']) await post(doors.url, query);
    expect([await value('modelgraph_gateway_plan_cache_total{result="miss"}'), await value('modelgraph_gateway_plan_cache_total{result="hit"}')]).toEqual([2, 2]);
  });

  it('time each fetch by subgraph and outcome', async () => {
    const HELD_MS = 60;
    answer = async () => {
      const beganAt = performance.now();
      await eventually(() => expect(performance.now() - beganAt).toBeGreaterThan(HELD_MS));
      return { data: { name: 'Ada' } };
    };
    await post(doors.url, '{ name }');
    answer = async () => ({ data: { name: null }, errors: [{ message: 'no' } as never] });
    await post(doors.url, '{ name }');
    answer = () => Promise.reject(new Error('away'));
    await post(doors.url, '{ name }');
    const told = (part: string, outcome: string) => value(`modelgraph_gateway_subgraph_duration_seconds_${part}{subgraph="names",outcome="${outcome}"}`);
    expect([await told('count', 'ok'), await told('count', 'errors'), await told('count', 'unanswered')]).toEqual([1, 1, 1]);
    expect(await told('sum', 'ok')).toBeGreaterThan(HELD_MS / 1_000);
    expect(await value('modelgraph_gateway_subgraph_duration_seconds_bucket{le="0.05",subgraph="names",outcome="ok"}')).toBe(0);
  });
});
