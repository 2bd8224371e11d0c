import { formatTraceparent, parseTraceparent } from './traceparent';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

describe('a traceparent', () => {
  it('is read and written as the specification has it', () => {
    const header = `00-${traceId}-${spanId}-01`;
    expect(parseTraceparent(header)).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
    expect(formatTraceparent(parseTraceparent(header)!)).toBe(header);
  });

  it('of a later version is read by what it has in common', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-03-what-the-future-holds`)).toMatchObject({ traceId, traceFlags: 1 });
  });

  it.each([
    ['nothing', undefined], ['a list', [`00-${traceId}-${spanId}-01`]], ['another form', 'hello'], ['a forbidden version', `ff-${traceId}-${spanId}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`], ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`], ['a megabyte', `00-${traceId}-${spanId}-01-${'x'.repeat(1_000_000)}`],
  ])('that is %s begins a trace anew', (_case, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});
