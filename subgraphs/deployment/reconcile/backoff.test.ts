import type { ErrorCode } from '../../../platform/errors';
import { FAILURE_WINDOW_MS, retryVerdict } from './backoff';

const start = Date.parse('2026-01-01T00:00:00Z');
const failures = (code: ErrorCode, ...seconds: number[]) => seconds.map((second) => ({ at: new Date(start + second * 1_000), reason: { code, message: `at ${second}` } }));

describe('retries', () => {
  it('come at once while nothing failed', () => {
    expect(retryVerdict([], 3)).toEqual({ retryAt: null, isExhausted: false, last: null });
  });

  it('wait twice as long after each failure, counted from the last one, four minutes at most', () => {
    const delayAfter = (count: number) => {
      const times = Array.from({ length: count }, (_, index) => index);
      return (retryVerdict(failures('REPLICA_FAILED', ...times), 1).retryAt!.getTime() - start) / 1_000 - (count - 1);
    };
    expect([1, 2, 3, 4, 12].map(delayAfter)).toEqual([1, 2, 4, 8, 240]);
  });

  it('count as failed after the fourth time, after the second where retrying mends nothing', () => {
    expect([3, 4].map((count) => retryVerdict(failures('REPLICA_FAILED', ...Array(count).keys()), 1).isExhausted)).toEqual([false, true]);
    expect([1, 2].map((count) => retryVerdict(failures('MODEL_LOAD_FAILED', ...Array(count).keys()), 1).isExhausted)).toEqual([false, true]);
  });

  it('count the failures of one round of replicas once', () => {
    expect(retryVerdict(failures('REPLICA_FAILED', 0, 0, 0), 3).isExhausted).toBe(false);
  });

  it('tell the latest reason, whatever the order of the rows', () => {
    expect(retryVerdict(failures('REPLICA_FAILED', 5, 9, 2), 1).last).toEqual({ code: 'REPLICA_FAILED', message: 'at 9' });
  });

  it('of a revision that never loads settle at a slow pace and never count as few enough again', () => {
    const seen = failures('REPLICA_FAILED', 0);
    let attempts = 0;
    for (let second = 1; second < 7_200; second += 1) {
      const now = start + second * 1_000;
      const recent = seen.filter(({ at }) => at.getTime() > now - FAILURE_WINDOW_MS);
      const { retryAt, isExhausted } = retryVerdict(recent, 1);
      if (second > 60) expect(isExhausted).toBe(true);
      if (retryAt && retryAt.getTime() > now) continue;
      seen.push(...failures('REPLICA_FAILED', second));
      attempts += second > 3_600 ? 1 : 0;
    }
    expect(attempts).toBeLessThan(45);
  });
});
