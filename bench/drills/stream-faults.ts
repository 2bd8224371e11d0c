import { parse, type ExecutionResult } from 'graphql';
import { TEST_SCOPE, type EventSource } from '../../test/support/subgraphs';
import type { Supergraph } from '../../gateway/federation/supergraph';
import { until } from '../support/deploy';
import type { FaultyLink } from '../support/faulty-link';
import { MIDWAY_FAULTS, type StreamProtocol } from '../support/midway-faults';
import { within, type Tally } from './fault-tally';

export interface StreamLink {
  protocol: StreamProtocol;
  graph: Supergraph;
  link: FaultyLink;
  changed: EventSource<object>;
}

const SUBSCRIPTION = parse('subscription { itemChanged { id } }');
const STREAMS_PER_FAULT = 6;

/** Streams that have told an event already are struck on their way: each tells an error in time, nothing of it stays open, and one that is opened then lives. */
export async function strikeStreams(streams: StreamLink, tally: Tally): Promise<void> {
  for (const [kind, faultOf] of Object.entries(MIDWAY_FAULTS)) {
    const name = `stream over ${streams.protocol} that ${kind}`;
    const open = await openStreams(streams, STREAMS_PER_FAULT);
    const ends = open.map((stream) => within(tally, name, async () => {
      const failure = judge(await stream.next());
      await stream.return!();
      return failure;
    }));
    streams.link.strike(faultOf(streams.protocol));
    await Promise.all(ends);
    // Heard of by the subgraph: what the gateway has given up ends there, too.
    await until(`${name} has ended upstream`, async () => streams.changed.listenerCount === 0);
    const [again] = await openStreams(streams, 1);
    await again!.return!();
    await until('the stream after it has ended upstream', async () => streams.changed.listenerCount === 0);
  }
}

/** An error, and no data; anything else is told. */
function judge(told: IteratorResult<ExecutionResult>): string | null {
  const isError = !told.done && (told.value.errors?.length ?? 0) > 0 && told.value.data == null;
  return isError ? null : JSON.stringify(told).slice(0, 500);
}

/** Resolves once each has told its first event. */
async function openStreams({ graph, changed }: StreamLink, count: number): Promise<AsyncIterableIterator<ExecutionResult>[]> {
  const streams = await Promise.all(Array.from({ length: count }, () => graph.subscribe({ document: SUBSCRIPTION, scope: TEST_SCOPE })));
  const opened = streams as AsyncIterableIterator<ExecutionResult>[];
  const firsts = opened.map((stream) => stream.next());
  await until('all streams are open', async () => changed.listenerCount === count);
  changed.emit({ itemChanged: { id: '1' } });
  for (const { value } of await Promise.all(firsts)) {
    if (JSON.stringify(value) !== '{"data":{"itemChanged":{"id":"1"}}}') throw new Error(`A stream begins with ${JSON.stringify(value)}.`);
  }
  return opened;
}
