import { DirectLimits } from './direct.limits';

const replicas = [{ id: 'r0', address: 'a' }, { id: 'r1', address: 'b' }];

function makeLimits({ unfinished = 0, inFlight = {} as Record<string, number> } = {}) {
  const loads = { of: jest.fn(async (deploymentId: string) => ({ deploymentId, waiting: 0, waitingFirst: 0, unfinished })) };
  return { loads, limits: new DirectLimits({ loads, choice: { inFlight: (id) => inFlight[id] ?? 0 } }) };
}

const makeTarget = ({ maxInFlight = null as number | null, itemMs = null as number | null } = {}) =>
  ({ deploymentId: 'd', fullName: 'default/d', itemMs, replicas, admission: { maxQueue: null, maxInFlight, deadlineMs: null } });

describe('the limits of direct calls', () => {
  it('let exactly as many in as may be in flight, however they come together, and another one when one has ended', async () => {
    const { limits } = makeLimits();
    const target = makeTarget({ maxInFlight: 5 });
    const ends: (() => void)[] = [];
    const calls = Array.from({ length: 200 }, () => limits.during(target, null, () => new Promise<void>((resolve) => { ends.push(resolve); })));
    const refused = await Promise.allSettled(calls.slice(5));
    expect(refused.every((call) => call.status === 'rejected' && (call.reason as { code: string }).code === 'QUEUE_FULL')).toBe(true);
    expect(ends).toHaveLength(5);
    ends[0]!();
    await calls[0];
    await expect(limits.during(target, null, async () => 'in')).resolves.toBe('in');
    ends.forEach((end) => end());
    await Promise.all(calls.slice(0, 5));
  });

  it('count the unfinished items of jobs with them, and tell when to come again', async () => {
    const { limits } = makeLimits({ unfinished: 3 });
    const refusal = limits.during(makeTarget({ maxInFlight: 3, itemMs: 70 }), null, async () => undefined);
    await expect(refusal).rejects.toMatchObject({ code: 'QUEUE_FULL', details: { limit: 'maxInFlight', unfinished: 3, maxInFlight: 3, retryAfterMs: 70 } });
    await expect(limits.during(makeTarget({ maxInFlight: 4 }), null, async () => 'in')).resolves.toBe('in');
  });

  it('forget a call that failed', async () => {
    const { limits } = makeLimits();
    const target = makeTarget({ maxInFlight: 1 });
    await expect(limits.during(target, null, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(limits.during(target, null, async () => 'in')).resolves.toBe('in');
  });

  it('refuse a deadline that the calls ahead on every replica leave no time for', async () => {
    const target = makeTarget({ itemMs: 40 });
    const busy = makeLimits({ inFlight: { r0: 3, r1: 4 } });
    await expect(busy.limits.during(target, 100, async () => undefined)).rejects.toMatchObject({
      code: 'DEADLINE_UNREACHABLE', details: { predictedWaitMs: 120, predictedMs: 160, deadlineMs: 100, retryAfterMs: 60 },
    });
    const free = makeLimits({ inFlight: { r0: 3, r1: 1 } });
    await expect(free.limits.during(target, 100, async () => 'in')).resolves.toBe('in');
  });

  it('try a call that is predicted to be late by itself, or a wrong pace would never be corrected', async () => {
    const { limits } = makeLimits({ inFlight: { r0: 9, r1: 9 } });
    await expect(limits.during(makeTarget({ itemMs: 500 }), 100, async () => 'in')).resolves.toBe('in');
  });

  it('cost nothing where there are none', async () => {
    const { limits, loads } = makeLimits();
    await limits.during(makeTarget(), null, async () => undefined);
    expect(loads.of).not.toHaveBeenCalled();
  });
});
