import type { ExecutionResult } from 'graphql';
import { PushedEvents } from '../federation/pushed-events';
import { SharedStream } from './shared.stream';
import type { StreamKind } from './stream.kind';
import type { StreamEnd, StreamPlace, StreamReader } from './stream.reader';

const turn = () => new Promise((resolve) => { setImmediate(resolve); });

class Source extends PushedEvents<ExecutionResult> {
  isEnded = false;
  asked = 0;

  constructor() {
    super(10_000, () => { this.isEnded = true; });
  }

  say(n: number): this {
    this.push({ data: { n } });
    return this;
  }

  override next() {
    this.asked += 1;
    return super.next();
  }
}

/** Takes up to `room` results until it is told to go on. */
class Reader implements StreamReader {
  readonly seen: number[] = [];
  readonly ends: StreamEnd[] = [];
  place!: StreamPlace;

  constructor(public room = Infinity) {}

  take(result: string): boolean {
    const { data } = JSON.parse(result) as { data?: { n: number } };
    this.seen.push(data?.n ?? -1);
    this.room -= 1;
    return this.room > 0;
  }

  end(end: StreamEnd): void {
    this.ends.push(end);
  }

  resume(room: number): void {
    this.room = room;
    this.place.resume();
  }
}

function makeStream(kind: StreamKind) {
  const clock = { now: 0 };
  const sources: Source[] = [];
  const over = jest.fn();
  const stream = new SharedStream({ kind, onOver: over, now: () => clock.now, freshMs: 1_000 });
  const opened = async () => { const source = new Source(); sources.push(source); return source; };
  const join = (reader = new Reader(), open: () => Promise<AsyncIterator<ExecutionResult> | ExecutionResult> = opened) => {
    reader.place = stream.join(reader, open);
    return reader;
  };
  return { stream, clock, sources, over, join };
}

describe.each(['state', 'log'] as const)('a shared stream of kind %s', (kind) => {
  it('opens one upstream for all its readers and gives each result to every one', async () => {
    const { join, sources } = makeStream(kind);
    const readers = [join(), join(), join()];
    await turn();
    sources[0]!.say(1);
    await turn();
    sources[0]!.say(2).end();
    await turn();
    expect(sources).toHaveLength(1);
    for (const { seen, ends } of readers) expect([seen, ends]).toEqual([[1, 2], [{ kind: 'complete' }]]);
  });

  it('ends its upstream once the last reader has left, and not before', async () => {
    const { join, sources, over } = makeStream(kind);
    const [first, last] = [join(), join()];
    await turn();
    first.place.leave();
    first.place.leave();
    expect([sources[0]!.isEnded, over.mock.calls.length]).toEqual([false, 0]);
    last.place.leave();
    expect([sources[0]!.isEnded, over.mock.calls.length]).toEqual([true, 1]);
    expect([first.ends, last.ends]).toEqual([[], []]);
  });

  it('ends an upstream that was still being opened when its readers left', async () => {
    const { join } = makeStream(kind);
    const source = new Source();
    let open!: (source: Source) => void;
    const reader = join(new Reader(), () => new Promise((resolve) => { open = resolve; }));
    reader.place.leave();
    open(source);
    await turn();
    expect(source.isEnded).toBe(true);
  });

  it('tells all readers of a refusal and of a failure', async () => {
    const refused = makeStream(kind);
    const reader = refused.join(new Reader(), async () => ({ errors: [] }));
    await turn();
    expect([reader.seen, reader.ends]).toEqual([[-1], [{ kind: 'complete' }]]);
    const broken = makeStream(kind);
    const readers = [broken.join(new Reader(), async () => { throw new Error('no way'); }), broken.join()];
    await turn();
    for (const { ends } of readers) expect(ends).toEqual([expect.objectContaining({ kind: 'failed' })]);
  });

  it('reads its upstream no faster than the fastest reader takes results', async () => {
    const { join, sources } = makeStream(kind);
    const [slow, fast] = [join(new Reader(1)), join(new Reader(2))];
    await turn();
    for (const n of [1, 2, 3, 4]) sources[0]!.say(n);
    await turn();
    expect([slow.seen, fast.seen, sources[0]!.asked]).toEqual([[1], [1, 2], 2]);
    fast.resume(1);
    await turn();
    expect([fast.seen, sources[0]!.asked]).toEqual([[1, 2, 3], 3]);
  });

  it('leaves the turn to others while a source never waits', async () => {
    const { join } = makeStream(kind);
    let n = 0;
    const source = { next: async () => ({ value: { data: { n: n++ } }, done: false as const }), return: jest.fn(async () => ({ value: undefined, done: true as const })) };
    const reader = join(new Reader(), async () => source);
    await turn();
    await turn();
    reader.place.leave();
    expect(source.return).toHaveBeenCalled();
  });
});

describe('a shared state', () => {
  it('gives a slow reader the latest result alone', async () => {
    const { join, sources } = makeStream('state');
    const [slow, fast] = [join(new Reader(1)), join()];
    await turn();
    for (const n of [1, 2, 3, 4]) sources[0]!.say(n);
    await turn();
    slow.resume(9);
    expect([slow.seen, fast.seen]).toEqual([[1, 4], [1, 2, 3, 4]]);
  });

  it('gives a slow reader the final state before the end', async () => {
    const { join, sources } = makeStream('state');
    const [slow] = [join(new Reader(1)), join()];
    await turn();
    sources[0]!.say(1).say(2).say(3).end();
    await turn();
    expect(slow.ends).toEqual([]);
    slow.resume(9);
    expect([slow.seen, slow.ends]).toEqual([[1, 3], [{ kind: 'complete' }]]);
  });

  it('gives a late reader the last result while it is fresh', async () => {
    const { join, sources } = makeStream('state');
    join();
    await turn();
    sources[0]!.say(1);
    await turn();
    expect(join().seen).toEqual([1]);
    expect(sources).toHaveLength(1);
  });

  it('opens its upstream again for a late reader when the last result is old, and keeps one', async () => {
    const { join, sources, clock } = makeStream('state');
    const early = join();
    await turn();
    sources[0]!.say(1);
    await turn();
    clock.now = 5_000;
    const late = [join(), join()];
    await turn();
    expect(sources.map(({ isEnded }) => isEnded)).toEqual([true, false]);
    sources[1]!.say(1);
    await turn();
    sources[1]!.say(2);
    await turn();
    expect([early.seen, ...late.map(({ seen }) => seen)]).toEqual([[1, 2], [1, 2], [1, 2]]);
    expect([early, ...late].flatMap(({ ends }) => ends)).toEqual([]);
  });

  it('tells a late reader alone that it was refused', async () => {
    const { join, sources, clock } = makeStream('state');
    const early = join();
    await turn();
    sources[0]!.say(1);
    await turn();
    clock.now = 5_000;
    const late = join(new Reader(), async () => ({ errors: [] }));
    await turn();
    sources[0]!.say(2);
    await turn();
    expect([early.seen, late.seen, late.ends]).toEqual([[1, 2], [-1], [{ kind: 'complete' }]]);
  });

  it('gives a late reader the final state when the stream ends meanwhile', async () => {
    const { join, sources, clock } = makeStream('state');
    join();
    await turn();
    sources[0]!.say(1);
    await turn();
    clock.now = 5_000;
    const late = join(new Reader(), () => new Promise(() => {}));
    sources[0]!.end();
    await turn();
    expect([late.seen, late.ends]).toEqual([[1], [{ kind: 'complete' }]]);
  });
});

describe('a shared log', () => {
  it('gives a late reader every result from the first one on', async () => {
    const { join, sources } = makeStream('log');
    join();
    await turn();
    sources[0]!.say(1).say(2);
    await turn();
    const late = join();
    sources[0]!.say(3);
    await turn();
    expect(late.seen).toEqual([1, 2, 3]);
  });

  it('lets a reader go that is further behind than what is kept, and takes nobody then', async () => {
    const { join, sources, stream, over } = makeStream('log');
    const [slow, fast] = [join(new Reader(1)), join()];
    await turn();
    for (let n = 0; n < 1_001; n++) sources[0]!.say(n);
    while (fast.seen.length < 1_001) await turn();
    expect([slow.seen, slow.ends]).toEqual([[0], []]);
    sources[0]!.say(1_001).say(1_002);
    await turn();
    expect([slow.ends, stream.canJoin, over.mock.calls.length > 0]).toEqual([[{ kind: 'too slow' }], false, true]);
    expect(fast.seen).toEqual(Array.from({ length: 1_003 }, (_, n) => n));
  });
});

describe('a private stream', () => {
  it('slows its source instead of dropping results', async () => {
    const { join, sources } = makeStream('private');
    const reader = join(new Reader(1));
    await turn();
    for (const n of [1, 2, 3]) sources[0]!.say(n);
    await turn();
    expect(reader.seen).toEqual([1]);
    reader.resume(9);
    await turn();
    expect(reader.seen).toEqual([1, 2, 3]);
  });
});
