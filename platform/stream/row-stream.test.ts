import type { EventBus, HintListener } from '../bus/event-bus';
import { PlatformError } from '../errors';
import { rowStream, type RowStreamSettings } from './row-stream';
import { Ticker } from './ticker';

interface Row { state: string }

/** The bus's promises in memory: enough to choose the moment of each hint. */
class Hints implements EventBus {
  readonly listeners = new Set<HintListener>();
  publish(): void { this.listeners.forEach((listener) => listener('1')); }
  subscribe(_topic: string, _id: string, listener: HintListener): Promise<() => void> {
    this.listeners.add(listener);
    return Promise.resolve(() => { this.listeners.delete(listener); });
  }
  subscribeAll(): Promise<() => void> { return Promise.reject(new Error('unused')); }
  close(): Promise<void> { return Promise.resolve(); }
}

function makeStream(overrides: Partial<RowStreamSettings<Row>> = {}) {
  const bus = new Hints();
  const ticker = new Ticker(5);
  const table = { row: { state: 'A' } as Row | null, reads: 0 };
  const read = () => { table.reads += 1; return Promise.resolve(table.row); };
  const stream = rowStream<Row>({ bus, topic: 'model', id: '1', read, isFinal: ({ state }) => state === 'Z', ticker, ...overrides });
  const change = (state: string) => { table.row = { state }; bus.publish(); };
  return { bus, ticker, table, stream, change };
}

const done = { value: undefined, done: true };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('rowStream', () => {
  it('listens before it reads', async () => {
    const { bus, stream } = makeStream({ read: () => Promise.resolve({ state: String(bus.listeners.size) }) });
    expect(await stream.next()).toEqual({ value: { state: '1' }, done: false });
    await stream.return!();
  });

  it('delivers the row as it is, then each change, and ends behind the final one', async () => {
    const { bus, ticker, stream, change } = makeStream();
    expect((await stream.next()).value).toEqual({ state: 'A' });
    const second = stream.next();
    change('B');
    expect((await second).value).toEqual({ state: 'B' });
    change('Z');
    expect((await stream.next()).value).toEqual({ state: 'Z' });
    expect(await stream.next()).toEqual(done);
    expect([bus.listeners.size, ticker.listenerCount]).toEqual([0, 0]);
  });

  it('gives a slow reader the newest state alone and reads nothing meanwhile', async () => {
    const { table, stream, change } = makeStream({ ticker: new Ticker(60_000) });
    await stream.next();
    ['B', 'C', 'D'].forEach(change);
    expect(table.reads).toBe(1);
    expect((await stream.next()).value).toEqual({ state: 'D' });
    expect(table.reads).toBe(2);
    await stream.return!();
  });

  it('stays silent when a hint brings no change', async () => {
    const { stream, change } = makeStream({ ticker: new Ticker(60_000) });
    await stream.next();
    let seen: unknown = null;
    const second = stream.next().then((result) => { seen = result.value; });
    change('A');
    await turn();
    expect(seen).toBeNull();
    change('B');
    await second;
    expect(seen).toEqual({ state: 'B' });
    await stream.return!();
  });

  it('finds a change whose hint was lost', async () => {
    const { table, stream } = makeStream();
    await stream.next();
    const second = stream.next();
    table.row = { state: 'B' };
    expect((await second).value).toEqual({ state: 'B' });
    await stream.return!();
  });

  it('ends a waiting next() at once when the reader leaves, and lets go of the bus', async () => {
    const { bus, ticker, stream } = makeStream();
    await stream.next();
    const waiting = stream.next();
    await stream.return!();
    expect(await waiting).toEqual(done);
    expect([bus.listeners.size, ticker.listenerCount]).toEqual([0, 0]);
  });

  it('holds no subscription when the reader leaves while it is being made', async () => {
    const { bus, stream } = makeStream();
    const waiting = stream.next();
    await stream.return!();
    expect(await waiting).toEqual(done);
    await turn();
    expect(bus.listeners.size).toBe(0);
  });

  it('ends when the row is gone', async () => {
    const { table, stream } = makeStream();
    table.row = null;
    expect(await stream.next()).toEqual(done);
  });

  it('waits while the database is away', async () => {
    let isAway = true;
    const read = () => {
      if (!isAway) return Promise.resolve({ state: 'B' });
      isAway = false;
      return Promise.reject(new PlatformError('UNAVAILABLE', 'away'));
    };
    const { stream } = makeStream({ read });
    expect((await stream.next()).value).toEqual({ state: 'B' });
    await stream.return!();
  });

  it('passes any other error on and ends', async () => {
    const { bus, stream } = makeStream({ read: () => Promise.reject(new Error('broken')) });
    await expect(stream.next()).rejects.toThrow('broken');
    expect(await stream.next()).toEqual(done);
    expect(bus.listeners.size).toBe(0);
  });
});
