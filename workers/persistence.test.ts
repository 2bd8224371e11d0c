import { PlatformError } from '../platform/errors';
import { silentLog } from '../platform/log';
import { isPermanent, untilAnswered, within } from './persistence';

function settings(signal = new AbortController().signal) {
  return { log: silentLog(), signal };
}

describe('a call that must be answered', () => {
  it('is repeated until it is, and knows how often it was sent', async () => {
    const attempts: number[] = [];
    const answer = await untilAnswered('call', async (attempt) => {
      attempts.push(attempt);
      if (attempt < 2) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
      return 'done';
    }, settings());
    expect([answer, attempts]).toEqual(['done', [0, 1, 2]]);
  });

  it('is not repeated when it is at fault itself', async () => {
    const fault = Object.assign(new Error('invalid byte sequence'), { code: '22021' });
    await expect(untilAnswered('call', () => Promise.reject(fault), settings())).rejects.toBe(fault);
  });

  it('ends with the reason when the trying is ended', async () => {
    const ended = new AbortController();
    const waiting = untilAnswered('call', () => Promise.reject(new Error('away')), settings(ended.signal));
    ended.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
  });
});

describe('a fault that stays', () => {
  it.each([
    [{ code: '23505' }, true], [{ code: '42P01' }, true], [{ code: '08006' }, false], [{ code: 'ECONNREFUSED' }, false], [{ code: '40001' }, false],
    [new PlatformError('UNAVAILABLE', ''), false], [new PlatformError('TENSOR_INVALID', ''), true], [new PlatformError('INTERNAL_SERVER_ERROR', ''), false],
    [new Error('whatever'), false], ['text', false], [null, false],
  ])('%j: %s', (error, isOne) => expect(isPermanent(error)).toBe(isOne));
});

describe('a bounded wait', () => {
  it('ends with the work or with the time, whichever is first', async () => {
    await within(Promise.resolve(), 60_000);
    await within(new Promise(() => undefined), 1);
    await within(undefined, 60_000);
  });
});
