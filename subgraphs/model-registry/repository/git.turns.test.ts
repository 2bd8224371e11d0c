import fc from 'fast-check';
import { GitTurns, type EndTurn } from './git.turns';

const LONG_MS = 60_000;
const busy = { code: 'GIT_BUSY', details: { retryAfterMs: expect.any(Number) as number } };

/** A client for each turn; all of them leave after the test. */
const clients: AbortController[] = [];
function take(turns: GitTurns, key: string, client = new AbortController()): Promise<EndTurn> {
  clients.push(client);
  const taken = turns.take(key, client.signal);
  taken.catch(() => undefined);
  return taken;
}

/** Whether it has come to its end by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return await Promise.race([promise.catch(() => null), new Promise((resolve) => { setImmediate(resolve, pending); })]) !== pending;
}

describe('GitTurns', () => {
  afterEach(() => { for (const client of clients.splice(0)) client.abort(); });

  it('lets a key have no more at a time than its share, and goes on with who waits longest', async () => {
    const turns = new GitTurns({ perKey: 2, total: 10, waitMs: LONG_MS });
    const first = await take(turns, 'ada');
    await take(turns, 'ada');
    const [third, fourth] = [take(turns, 'ada'), take(turns, 'ada')];
    expect([await isSettled(third), await isSettled(fourth)]).toEqual([false, false]);
    (await take(turns, 'eve'))();
    first();
    expect([await isSettled(third), await isSettled(fourth)]).toEqual([true, false]);
    (await third)();
    (await fourth)();
  });

  it('lets all keys together have no more than there are, and a key that is full hold up no other', async () => {
    const turns = new GitTurns({ perKey: 2, total: 3, waitMs: LONG_MS });
    const ada = [await take(turns, 'ada'), await take(turns, 'ada')];
    const eve = await take(turns, 'eve');
    const more = take(turns, 'ada');
    const late = take(turns, 'bob');
    expect([await isSettled(more), await isSettled(late)]).toEqual([false, false]);
    eve();
    expect([await isSettled(more), await isSettled(late)]).toEqual([false, true]);
    ada[0]!();
    await more;
  });

  it('counts a turn that is given back twice once', async () => {
    const turns = new GitTurns({ perKey: 1, total: 1, waitMs: LONG_MS });
    const done = await take(turns, 'ada');
    done();
    done();
    await take(turns, 'ada');
    expect(await isSettled(take(turns, 'ada'))).toBe(false);
  });

  it('refuses who has waited long enough, and says when to come again', async () => {
    const turns = new GitTurns({ perKey: 1, total: 1, waitMs: 5 });
    await take(turns, 'ada');
    await expect(take(turns, 'eve')).rejects.toMatchObject(busy);
  });

  it('refuses a key whose waiting would never end at once', async () => {
    const turns = new GitTurns({ perKey: 1, total: 1, waitMs: LONG_MS });
    await take(turns, 'ada');
    const waiting = Array.from({ length: 16 }, () => take(turns, 'ada'));
    await expect(take(turns, 'ada')).rejects.toMatchObject(busy);
    expect(await isSettled(take(turns, 'eve'))).toBe(false);
    expect(await isSettled(waiting[0]!)).toBe(false);
  });

  it('forgets who went away, whose turn goes to the next', async () => {
    const turns = new GitTurns({ perKey: 1, total: 1, waitMs: LONG_MS });
    const done = await take(turns, 'ada');
    const leaving = new AbortController();
    const gone = take(turns, 'eve', leaving);
    const next = take(turns, 'eve');
    leaving.abort();
    await expect(gone).rejects.toMatchObject({ code: 'GIT_BUSY' });
    done();
    expect(await isSettled(next)).toBe(true);
    await expect(turns.take('bob', AbortSignal.abort())).rejects.toMatchObject({ code: 'GIT_BUSY' });
  });

  it('keeps both limits and serves everyone, in whatever order turns end', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()), async (keys, perKey, total, choices) => {
      const turns = new GitTurns({ perKey, total, waitMs: LONG_MS });
      const running: { key: string; done: () => void }[] = [];
      let served = 0;
      const taken = keys.map((key) => take(turns, key).then((done) => { served += 1; running.push({ key, done }); }, () => { served += 1; }));
      for (;;) {
        await new Promise(setImmediate);
        expect(running.length).toBeLessThanOrEqual(total);
        for (const key of ['a', 'b', 'c']) expect(running.filter((one) => one.key === key).length).toBeLessThanOrEqual(perKey);
        if (running.length === 0) break;
        const [ended] = running.splice((choices.next().value as number) % running.length, 1);
        ended!.done();
      }
      await Promise.all(taken);
      expect(served).toBe(keys.length);
    }), { numRuns: 50 });
  });
});
