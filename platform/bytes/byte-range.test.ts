import fc from 'fast-check';
import { rangedHead, readRange, withinBytes } from './byte-range';

const refused = expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE', details: { sizeBytes: 10 } }) as Error;

describe('a range of ten bytes', () => {
  it.each([
    ['bytes=0-0', 0, 0], ['bytes=2-5', 2, 5], ['bytes=9-', 9, 9], ['bytes=0-', 0, 9], ['bytes=5-999999999999999999999999', 5, 9], ['Bytes=1-2', 1, 2],
    ['bytes=-1', 9, 9], ['bytes=-10', 0, 9], ['bytes=-99999', 0, 9], ['bytes= 3-4', 3, 4],
  ])('%s is bytes %d to %d', (header, start, end) => {
    expect(readRange(header, 10)).toEqual({ start, end });
  });

  it.each([['bytes=10-'], ['bytes=10-20'], ['bytes=999999999999999999999999-'], ['bytes=-0'], ['bytes=10-11,99-'], ['bytes=-0, 12-13']])('%s is not there', (header) => {
    expect(() => readRange(header, 10)).toThrow(refused);
  });

  it.each([
    [undefined], [''], ['bytes'], ['bytes='], ['bytes=-'], ['bytes=a-b'], ['bytes=5-2'], ['bytes=20-12'], ['bytes=--1'], ['bytes=1-2-3'], ['bytes=0x1-0x2'], ['bytes=1.5-2'], ['bytes=+1-2'],
    ['items=1-2'], ['bytes=0-1,4-5'], ['bytes=0-1,99-'], ['bytes=0-1,'], ['bytes=١-٢'],
  ])('%s is answered by the whole', (header) => {
    expect(readRange(header, 10)).toBeNull();
  });

  it('never leaves what is there, whatever is asked for', () => {
    fc.assert(fc.property(fc.string().map((text) => `bytes=${text}`), fc.nat(), (header, sizeBytes) => {
      try {
        const range = readRange(header, sizeBytes);
        expect(range === null || (range.start >= 0 && range.start <= range.end && range.end < sizeBytes)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
      }
    }));
  });

  it('of nothing is not there', () => {
    expect(() => readRange('bytes=0-', 0)).toThrow(expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE' }) as Error);
    expect(() => readRange('bytes=-5', 0)).toThrow(expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE' }) as Error);
  });

  it.each([[-1, 3], [3, 2], [10, 12], [Number.NaN, 2], [0.5, 2], [0, Infinity]])('from %d to %d is refused by code as well', (start, end) => {
    expect(() => withinBytes({ start, end }, 10)).toThrow(refused);
  });
});

describe('the head of an answer', () => {
  const head = (method: string, headers: Record<string, string>) => {
    const { status, headers: { 'content-range': range, 'content-length': length } } = rangedHead({ method, headers }, { sizeBytes: 10, etag: '"one"' });
    return [status, range, length];
  };

  it('gives a part of what is still the same, and the whole of what is not', () => {
    expect(head('GET', { range: 'bytes=2-5' })).toEqual([206, 'bytes 2-5/10', '4']);
    expect(head('GET', { range: 'bytes=2-5', 'if-range': '"one"' })).toEqual([206, 'bytes 2-5/10', '4']);
    for (const other of ['"two"', 'W/"one"', 'Tue, 15 Nov 1994 12:45:26 GMT']) expect(head('GET', { range: 'bytes=2-5', 'if-range': other })).toEqual([200, undefined, '10']);
    expect(head('GET', { range: 'bytes=99-', 'if-range': '"two"' })).toEqual([200, undefined, '10']);
  });

  it('of HEAD tells of the whole', () => {
    for (const range of ['bytes=2-5', 'bytes=99-']) expect(head('HEAD', { range })).toEqual([200, undefined, '10']);
  });
});
