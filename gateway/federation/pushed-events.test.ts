import { PushedEvents } from './pushed-events';

function makeEvents(maxEvents = 2) {
  let returns = 0;
  return { events: new PushedEvents<number>(maxEvents, () => { returns += 1; }), returns: () => returns };
}

describe('pushed events', () => {
  it('are read in order, waited for or not, up to the end', async () => {
    const { events } = makeEvents();
    const first = events.next();
    for (const event of [1, 2, 3]) events.push(event);
    events.end();
    events.push(4);
    expect([await first, await events.next(), await events.next(), await events.next()].map(({ value }) => value as unknown)).toEqual([1, 2, 3, undefined]);
  });

  it('fail instead of dropping some when the reader is too slow, and end their source', async () => {
    const { events, returns } = makeEvents();
    for (const event of [1, 2, 3]) events.push(event);
    await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([(await events.next()).done, returns()]).toEqual([true, 1]);
  });

  it('end their source once when the reader leaves', async () => {
    const { events, returns } = makeEvents();
    const waiting = events.next();
    await events.return();
    await events.return();
    expect([(await waiting).done, returns()]).toEqual([true, 1]);
  });
});
