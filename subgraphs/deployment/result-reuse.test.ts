import { inForce, resultReuseOf } from './result-reuse';

const now = new Date(0);

describe('the reuse of results', () => {
  it('is off where nobody asks for it, and again when someone sets null', () => {
    for (const wish of [undefined, null]) expect(inForce(resultReuseOf(wish, now))).toBeNull();
  });

  it('begins with the moment it is set', () => {
    expect(inForce(resultReuseOf({ ttlMs: 1, maxBytes: 2 ** 40 }, now))).toEqual({ ttlMs: 1, maxBytes: 2 ** 40, since: now });
  });

  it.each([[0, 1], [-1, 1], [1.5, 1], [604_800_001, 1], [NaN, 1], [1, 0], [1, 2 ** 41], [1, -5]])('refuses %d ms and %d bytes', (ttlMs, maxBytes) => {
    expect(() => resultReuseOf({ ttlMs, maxBytes }, now)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});
