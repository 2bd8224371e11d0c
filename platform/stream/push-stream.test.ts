import { PushStream } from './push-stream';

const open = () => {
  const left = jest.fn();
  return { left, stream: new PushStream<number>(left) };
};

describe('a push stream', () => {
  it('gives what was pushed in order, whether or not its reader waited, and then its end', async () => {
    const { stream, left } = open();
    const first = stream.next();
    for (const value of [1, 2, 3]) stream.push(value);
    stream.end();
    stream.push(4);
    expect([await first, await stream.next(), await stream.next()].map(({ value }) => value as number)).toEqual([1, 2, 3]);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    await stream.return();
    expect(left).not.toHaveBeenCalled();
  });

  it('lets its reader go at once, while it waits too, and tells so once', async () => {
    const { stream, left } = open();
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
    stream.push(1);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    await expect(stream.throw(new Error('mine'))).rejects.toThrow('mine');
    expect(left).toHaveBeenCalledTimes(1);
  });

  it('ends a reader that waits when nothing more comes', async () => {
    const { stream } = open();
    const waiting = stream.next();
    stream.end();
    expect((await waiting).done).toBe(true);
  });
});
