import { silentLog } from '../../platform/log';
import { CostBudget, type BudgetStore } from './cost.budget';

/** One window for all, as a store of its own process would keep it. */
class SharedStore implements BudgetStore {
  consumed = new Map<string, number>();
  calls = 0;
  isAway = false;

  async add(key: string, points: number) {
    this.calls += 1;
    if (this.isAway) throw new Error('away');
    this.consumed.set(key, (this.consumed.get(key) ?? 0) + points);
    return { consumed: this.consumed.get(key)!, resetInMs: 60_000 };
  }

  async close() {}
}

describe('the budget of a key', () => {
  let store: SharedStore;
  let now: number;
  const gateway = () => new CostBudget(store, { points: 100, windowMs: 60_000 }, silentLog(), () => now);
  beforeEach(() => { store = new SharedStore(); now = 1_000; });

  it('is spent to its last point and no further', async () => {
    const budget = gateway();
    expect(await budget.take('ada', 60)).toEqual({ limit: 100, remaining: 40, resetAtMs: 61_000 });
    expect(await budget.take('ada', 40)).toMatchObject({ remaining: 0 });
    expect(() => budget.take('ada', 1)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED', details: expect.objectContaining({ remaining: 0, retryAfterMs: 60_000 }) }));
    await budget.close();
  });

  it('does not take what it refuses', async () => {
    const budget = gateway();
    await budget.take('ada', 90);
    expect(() => budget.take('ada', 20)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(await budget.take('ada', 10)).toMatchObject({ remaining: 0 });
    await budget.close();
  });

  it('of one key is not spent by another', async () => {
    const budget = gateway();
    await budget.take('ada', 100);
    expect(await budget.take('bob', 100)).toMatchObject({ remaining: 0 });
    await budget.close();
  });

  it('is one over all gateways', async () => {
    const [one, two] = [gateway(), gateway()];
    await one.take('ada', 70);
    await one.close();
    await expect(two.take('ada', 40)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await two.take('ada', 30)).toMatchObject({ remaining: 0 });
    await two.close();
  });

  it('costs the store one look-up for a first request and one more for all that follow together', async () => {
    const budget = gateway();
    await budget.take('ada', 1);
    for (let count = 0; count < 50; count++) expect(budget.take('ada', 1)).not.toBeInstanceOf(Promise);
    await budget.close();
    expect([store.calls, store.consumed.get('ada')]).toEqual([2, 51]);
  });

  it('is whole again in the next window', async () => {
    const budget = gateway();
    await budget.take('ada', 100);
    now += 60_000;
    expect(await budget.take('ada', 100)).toMatchObject({ remaining: 0, resetAtMs: 121_000 });
    await budget.close();
  });

  it('is kept by each gateway for itself while the store is away', async () => {
    store.isAway = true;
    const budget = gateway();
    expect(await budget.take('ada', 100)).toMatchObject({ remaining: 0 });
    expect(() => budget.take('ada', 1)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    await budget.close();
  });
});
