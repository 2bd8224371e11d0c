import fc from 'fast-check';
import { TOPICS } from './event-bus';
import { decodeHints, encodeHints } from './hint-codec';

const hint = fc.record({ topic: fc.constantFrom(...TOPICS), id: fc.uuid() });

describe('hints on the wire', () => {
  it('come back as they were, in payloads that NOTIFY takes', () => {
    fc.assert(fc.property(fc.array(hint, { maxLength: 500 }), (hints) => {
      const payloads = encodeHints('me', hints);
      expect(payloads.every((payload) => Buffer.byteLength(payload) < 8_000)).toBe(true);
      expect(payloads.flatMap((payload) => decodeHints(payload).hints)).toEqual(hints);
      expect(payloads.every((payload) => decodeHints(payload).origin === 'me')).toBe(true);
    }), { numRuns: 50 });
  });

  it('leave out topics of another version', () => {
    expect(decodeHints('me\nfuture 1\njob 2').hints).toEqual([{ topic: 'job', id: '2' }]);
  });
});
