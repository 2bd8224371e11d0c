import { Admission } from './admission';
import { DeadlineTrials } from './deadline-trials';

const READY = { deploymentId: 'd', fullName: 'default/d', readyReplicas: 1, itemMs: 5_000 };

/** A deployment of a pace that was slow once, on a clock that the test moves. */
function makeAdmission({ unfinished = 0, waiting = 0 } = {}) {
  let now = 0;
  const dropped = jest.fn();
  const loads = { of: async (deploymentId: string) => ({ deploymentId, waiting, waitingFirst: waiting, unfinished }) };
  const admission = new Admission({ loads, recorder: { dropped }, trials: new DeadlineTrials(() => now) });
  const submit = (deadlineMs: number | null) => admission
    .check(READY as never, { deadlineMs, itemCount: 1, priority: 0, limits: { maxQueue: null, maxInFlight: null } } as never)
    .then(() => 'accepted', ({ code }: { code: string }) => code);
  return { submit, at: (ms: number) => { now = ms; }, dropped };
}

describe('admission under a deadline', () => {
  it('lets one job of an idle deployment try a pace that says no, and then one for each twenty times its predicted length', async () => {
    const { submit, at, dropped } = makeAdmission();
    expect([await submit(1_000), await submit(1_000)]).toEqual(['accepted', 'DEADLINE_UNREACHABLE']);
    at(99_999);
    expect(await submit(1_000)).toBe('DEADLINE_UNREACHABLE');
    at(100_000);
    expect([await submit(1_000), await submit(1_000)]).toEqual(['accepted', 'DEADLINE_UNREACHABLE']);
    expect(dropped).toHaveBeenCalledTimes(3);
  });

  it('tries nothing while other work tells the pace', async () => {
    const { submit } = makeAdmission({ unfinished: 1 });
    expect(await submit(1_000)).toBe('DEADLINE_UNREACHABLE');
  });

  it('keeps the trial for a job that needs it', async () => {
    const { submit } = makeAdmission();
    expect([await submit(6_000), await submit(null), await submit(1_000)]).toEqual(['accepted', 'accepted', 'accepted']);
  });
});
