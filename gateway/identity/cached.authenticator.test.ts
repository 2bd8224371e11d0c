import type { Caller } from '../../platform/caller';
import { CachedAuthenticator } from './cached.authenticator';

const ada: Caller = { principalId: 'ada', name: 'Ada', isOperator: false, roles: {} };

/** Counts look-ups; knows one key until it is revoked. */
class KeyRing {
  lookups = 0;
  isRevoked = false;
  isAway = false;

  async authenticate(secret: string): Promise<Caller | null> {
    this.lookups += 1;
    if (this.isAway) throw new Error('the database is away');
    return secret === 'key' && !this.isRevoked ? ada : null;
  }
}

function setup(options: { maxEntries?: number } = {}) {
  const clock = { nowMs: 0 };
  const ring = new KeyRing();
  return { clock, ring, cached: new CachedAuthenticator(ring, { ttlMs: 2_000, now: () => clock.nowMs, ...options }) };
}

describe('CachedAuthenticator', () => {
  it('asks once for requests that come together and again after two seconds', async () => {
    const { cached, clock, ring } = setup();
    expect(await Promise.all([cached.authenticate('key'), cached.authenticate('key')])).toEqual([ada, ada]);
    clock.nowMs = 1_999;
    await cached.authenticate('key');
    expect(ring.lookups).toBe(1);
    clock.nowMs = 2_000;
    await cached.authenticate('key');
    expect(ring.lookups).toBe(2);
  });

  it('refuses a revoked key after two seconds at the latest', async () => {
    const { cached, clock, ring } = setup();
    await cached.authenticate('key');
    ring.isRevoked = true;
    clock.nowMs = 2_000;
    expect(await cached.authenticate('key')).toBeNull();
  });

  it('forgets a look-up that failed', async () => {
    const { cached, ring } = setup();
    ring.isAway = true;
    await expect(cached.authenticate('key')).rejects.toThrow('away');
    ring.isAway = false;
    expect(await cached.authenticate('key')).toEqual(ada);
  });

  it('holds no more answers than its limit, dropping the oldest', async () => {
    const { cached, ring } = setup({ maxEntries: 2 });
    for (const secret of ['key', 'a', 'b', 'b']) await cached.authenticate(secret);
    expect(ring.lookups).toBe(3);
    await cached.authenticate('key');
    expect(ring.lookups).toBe(4);
  });
});
