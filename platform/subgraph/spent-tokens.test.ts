import { SpentTokens } from './spent-tokens';

function setup() {
  const clock = { nowMs: 0 };
  return { clock, spent: new SpentTokens(1_000, () => clock.nowMs) };
}

describe('SpentTokens', () => {
  it('lets each id be spent once', () => {
    const { spent } = setup();
    expect([spent.spend('a'), spent.spend('b'), spent.spend('a')]).toEqual([true, true, false]);
  });

  it.each([0, 500, 999])('remembers an id for its whole lifetime, whenever it was spent: %i ms into a turn', (atMs) => {
    const { clock, spent } = setup();
    clock.nowMs = atMs;
    spent.spend('a');
    for (let laterMs = 0; laterMs <= 1_000; laterMs += 100) {
      clock.nowMs = atMs + laterMs;
      expect([laterMs, spent.spend('a')]).toEqual([laterMs, false]);
    }
  });

  it('forgets what is twice as old, also after a silence', () => {
    const { clock, spent } = setup();
    spent.spend('a');
    clock.nowMs = 2_000;
    expect(spent.spend('a')).toBe(true);
    clock.nowMs = 60_000;
    expect(spent.spend('a')).toBe(true);
  });
});
