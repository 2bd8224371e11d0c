import { EventStream } from './event-stream';

function source(values: number[] = []) {
  let returned = 0;
  const iterator: AsyncIterator<number> = {
    next: () => (values.length > 0 ? Promise.resolve({ value: values.shift()!, done: false }) : new Promise(() => {})),
    return: () => { returned++; return new Promise(() => {}); },
  };
  return { iterator, returned: () => returned };
}

describe('an event stream', () => {
  it('maps each event in order', async () => {
    const stream = new EventStream(source([1, 2]).iterator, (n) => Promise.resolve(n * 10));
    expect([await stream.next(), await stream.next()]).toEqual([{ value: 10, done: false }, { value: 20, done: false }]);
  });

  it('answers a waiting next() and ends the source when the reader leaves, even if the source never answers', async () => {
    const { iterator, returned } = source();
    let ends = 0;
    const stream = new EventStream(iterator, (n) => n, () => { ends++; });
    const waiting = stream.next();
    expect(await stream.return()).toEqual({ value: undefined, done: true });
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    await stream.return();
    expect([returned(), ends]).toEqual([1, 1]);
  });

  it('answers a next() whose mapping still runs when the reader leaves', async () => {
    const stream = new EventStream(source([1]).iterator, () => new Promise(() => {}));
    const waiting = stream.next();
    await Promise.resolve();
    await stream.return();
    expect((await waiting).done).toBe(true);
  });

  it('ends the source when the mapping fails', async () => {
    const { iterator, returned } = source([1]);
    const stream = new EventStream(iterator, () => Promise.reject(new Error('no')));
    await expect(stream.next()).rejects.toThrow('no');
    expect([returned(), (await stream.next()).done]).toEqual([1, true]);
  });
});
