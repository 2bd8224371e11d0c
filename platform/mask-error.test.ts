import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { PlatformError } from './errors';
import { MASKED_MESSAGE, maskError } from './mask-error';

function makeLog() {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: pino({}, { write: (line: string) => { lines.push(JSON.parse(line) as Record<string, unknown>); } }) };
}

describe('maskError', () => {
  it('keeps a refusal of our table with its details and path, and adds the request id', () => {
    const { log, lines } = makeLog();
    const originalError = new PlatformError('MODEL_NOT_FOUND', 'There is no model "a/b".', { model: 'a/b' });
    const masked = maskError(new GraphQLError(originalError.message, { originalError, path: ['model'] }), 'r1', log);
    expect(masked).toEqual({ message: 'There is no model "a/b".', path: ['model'], extensions: { code: 'MODEL_NOT_FOUND', model: 'a/b', requestId: 'r1' } });
    expect(lines).toEqual([]);
  });

  it('says UNAVAILABLE of a connection that was cut under a statement, however it is wrapped', () => {
    const { log, lines } = makeLog();
    const cut = Object.assign(new Error('terminating connection at 10.0.0.1'), { code: '57P01' });
    const wrapped = Object.assign(new Error('query failed'), { name: 'QueryFailedError', driverError: cut });
    for (const originalError of [cut, wrapped, new Error('Connection terminated unexpectedly')]) {
      const masked = maskError(new GraphQLError(originalError.message, { originalError, path: ['jobs'] }), 'r1', log);
      expect(masked).toEqual({ message: 'The database cannot be reached at the moment; try again.', path: ['jobs'], extensions: { code: 'UNAVAILABLE', requestId: 'r1' } });
    }
    expect(lines).toEqual([]);
  });

  it.each([
    { code: '22021', message: 'invalid byte sequence for encoding "UTF8": 0x00' },
    { code: '22P05', message: 'unsupported Unicode escape sequence' },
    { code: '22P02', message: 'invalid input syntax for type json' },
  ])('says BAD_USER_INPUT of a text that the database cannot keep: $message', ({ code, message }) => {
    const { log, lines } = makeLog();
    const originalError = Object.assign(new Error(message), { code });
    expect(maskError(new GraphQLError(message, { originalError }), 'r1', log)).toMatchObject({ message: expect.stringContaining('well-formed'), extensions: { code: 'BAD_USER_INPUT' } });
    expect(lines).toEqual([]);
  });

  it('cuts a message that quotes a megabyte', () => {
    const masked = maskError(new PlatformError('MODEL_NOT_FOUND', 'x'.repeat(1_000_000)), 'r1', makeLog().log);
    expect(masked.message).toHaveLength(2_001);
  });

  it.each([
    ['an unknown error', new GraphQLError('password is x', { originalError: new Error('password is x'), path: ['a', 0] }), ['a', 0]],
    ['a code that is not of our table', new GraphQLError('password is x', { extensions: { code: 'ECONNREFUSED', host: 'secret' } }), undefined],
    ['something thrown bare', new Error('password is x'), undefined],
  ])('hides the reason of %s and logs it whole', (_kind, error, path) => {
    const { log, lines } = makeLog();
    const masked = maskError(error, 'r1', log);
    expect(masked).toMatchObject({ message: MASKED_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r1' } });
    expect([masked.path, JSON.stringify(masked).includes('secret')]).toEqual([path, false]);
    expect(lines).toMatchObject([{ requestId: 'r1', err: { message: 'password is x' } }]);
  });
});
