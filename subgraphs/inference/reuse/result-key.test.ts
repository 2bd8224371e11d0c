import fc from 'fast-check';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { ServingTarget } from '../submit/serving-directory';
import { resultKey } from './result-key';

const target = ({ namespace = 'n', revision = 'r', since = 1 } = {}): ServingTarget =>
  ({ namespace, revision: { id: revision }, resultReuse: { ttlMs: 1, maxBytes: 1, since: new Date(since) } }) as never;
const tensor = (name: string, data: number[], overrides: Partial<RawTensor> = {}): RawTensor => ({ name, datatype: 'UINT8', shape: [data.length], data: Uint8Array.from(data), ...overrides });

describe('the key of a result', () => {
  it('is the same whatever the order of inputs and of the outputs asked for', () => {
    const [a, b] = [tensor('a', [1]), tensor('b', [2])];
    expect(resultKey(target(), { inputs: [a, b], outputs: ['x', 'y'] })).toBe(resultKey(target(), { inputs: [b, a], outputs: ['y', 'x', 'y'] }));
  });

  it('is another for another namespace, revision, beginning, output, name, datatype, shape or bit', () => {
    const question = { inputs: [tensor('a', [1, 2])], outputs: null };
    const keys = [
      resultKey(target(), question), resultKey(target({ namespace: 'm' }), question), resultKey(target({ revision: 's' }), question), resultKey(target({ since: 2 }), question),
      resultKey(target(), { ...question, outputs: [] }), resultKey(target(), { ...question, outputs: ['y'] }),
      ...[tensor('b', [1, 2]), tensor('a', [1, 2], { datatype: 'INT8' }), tensor('a', [1, 2], { shape: [2, 1] }), tensor('a', [1, 3])].map((input) => resultKey(target(), { inputs: [input], outputs: null })),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('never runs two inputs into one another', () => {
    const anyInputs = fc.uniqueArray(fc.record({ name: fc.string({ maxLength: 3 }), data: fc.array(fc.nat(255), { maxLength: 4 }) }), { maxLength: 3, selector: ({ name }) => name });
    fc.assert(fc.property(anyInputs, anyInputs, (one, other) => {
      const sorted = (inputs: { name: string; data: number[] }[]) => JSON.stringify(inputs.map(({ name, data }) => [name, data]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1)));
      const key = (inputs: { name: string; data: number[] }[]) => resultKey(target(), { inputs: inputs.map(({ name, data }) => tensor(name, data)), outputs: null });
      expect(key(one) === key(other)).toBe(sorted(one) === sorted(other));
    }));
  });
});
