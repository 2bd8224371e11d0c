import fc from 'fast-check';
import type { Signature, TensorSpec } from '../../../platform/tensor/tensor';
import { diffSignatures } from './signature.diff';

type Shape = (number | string)[] | null;

function spec(name: string, datatype: TensorSpec['datatype'], shape: Shape): TensorSpec {
  const dimensions = (shape ?? []).map((size) => (typeof size === 'string' ? { size: null, name: size } : { size, name: null }));
  return { name, datatype, shape: dimensions, ...(shape === null && { isUnranked: true }) };
}

const inputs = (...specs: TensorSpec[]): Signature => ({ inputs: specs, outputs: [] });
const outputs = (...specs: TensorSpec[]): Signature => ({ inputs: [], outputs: specs });
const severities = (before: Signature, after: Signature) => diffSignatures(before, after).map(({ severity }) => severity);

const x = spec('x', 'FP32', ['n', 4]);

describe('a change of what is taken', () => {
  it.each<[string, Signature, Signature, string[]]>([
    ['an input that is gone', inputs(x), inputs(), ['BREAKING']],
    ['a new input', inputs(), inputs(x), ['BREAKING']],
    ['another datatype', inputs(x), inputs(spec('x', 'FP16', ['n', 4])), ['BREAKING']],
    ['another fixed size', inputs(x), inputs(spec('x', 'FP32', ['n', 5])), ['BREAKING']],
    ['a free size that is fixed now', inputs(x), inputs(spec('x', 'FP32', [1, 4])), ['BREAKING']],
    ['a fixed size that is free now', inputs(x), inputs(spec('x', 'FP32', ['n', 'm'])), ['SAFE']],
    ['another rank', inputs(x), inputs(spec('x', 'FP32', ['n'])), ['BREAKING']],
    ['a rank where any was taken', inputs(spec('x', 'FP32', null)), inputs(x), ['BREAKING']],
    ['any rank where one was taken', inputs(x), inputs(spec('x', 'FP32', null)), ['SAFE']],
    ['another name of a free size', inputs(x), inputs(spec('x', 'FP32', ['batch', 4])), ['SAFE']],
    ['another order', inputs(x, spec('y', 'FP32', [])), inputs(spec('y', 'FP32', []), x), ['SAFE']],
    ['sizes that must be equal now', inputs(spec('x', 'FP32', ['a', 'b'])), inputs(spec('x', 'FP32', ['a', 'a'])), ['SAFE', 'DANGEROUS']],
    ['sizes that need not be equal any more', inputs(spec('x', 'FP32', ['a', 'a'])), inputs(spec('x', 'FP32', ['a', 'b'])), ['SAFE']],
  ])('%s', (_what, before, after, expected) => expect(severities(before, after)).toEqual(expected));
});

describe('a change of what is given', () => {
  it.each<[string, Signature, Signature, string[]]>([
    ['an output that is gone', outputs(x), outputs(), ['BREAKING']],
    ['a new output', outputs(), outputs(x), ['SAFE']],
    ['another datatype', outputs(x), outputs(spec('x', 'FP64', ['n', 4])), ['BREAKING']],
    ['another fixed size', outputs(x), outputs(spec('x', 'FP32', ['n', 5])), ['BREAKING']],
    ['a free size that is fixed now', outputs(x), outputs(spec('x', 'FP32', [1, 4])), ['SAFE']],
    ['a fixed size that is free now', outputs(x), outputs(spec('x', 'FP32', ['n', 'm'])), ['DANGEROUS']],
    ['another rank', outputs(x), outputs(spec('x', 'FP32', ['n'])), ['BREAKING']],
    ['any rank where one was given', outputs(x), outputs(spec('x', 'FP32', null)), ['DANGEROUS']],
    ['a rank where any was given', outputs(spec('x', 'FP32', null)), outputs(x), ['SAFE']],
    ['another order', outputs(x, spec('y', 'FP32', [])), outputs(spec('y', 'FP32', []), x), ['DANGEROUS']],
  ])('%s', (_what, before, after, expected) => expect(severities(before, after)).toEqual(expected));
});

const dimension = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('n', 'm'));
const tensors = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c'), datatype: fc.constantFrom('FP32' as const, 'INT64' as const), shape: fc.option(fc.array(dimension, { maxLength: 3 })) }),
  { selector: ({ name }) => name },
).map((all) => all.map(({ name, datatype, shape }) => spec(name, datatype, shape)));
const signatures = fc.record({ inputs: tensors, outputs: tensors });

/** Whether a tensor of these sizes fits, sizes of one name apart. */
const takes = ({ datatype, shape, isUnranked }: TensorSpec, sent: { datatype: string; sizes: number[] }) => datatype === sent.datatype
  && (isUnranked === true || (shape.length === sent.sizes.length && shape.every(({ size }, at) => size === null || size === sent.sizes[at])));

describe('the differences of signatures', () => {
  it('are none between a signature and itself', () => {
    fc.assert(fc.property(signatures, (signature) => expect(diffSignatures(signature, signature)).toEqual([])));
  });

  it('are some wherever two are not the same', () => {
    fc.assert(fc.property(signatures, signatures, (before, after) => {
      expect(diffSignatures(before, after).length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
    }));
  });

  it('are BREAKING exactly where a call that was taken is refused', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    const sent = fc.record({ datatype: fc.constantFrom('FP32', 'INT64'), sizes });
    fc.assert(fc.property(tensors, tensors, fc.array(sent, { minLength: 20, maxLength: 40 }), (before, after, calls) => {
      const isBroken = diffSignatures({ inputs: before, outputs: [] }, { inputs: after, outputs: [] }).some(({ severity }) => severity === 'BREAKING');
      if (isBroken) return;
      expect(after.map(({ name }) => name).sort()).toEqual(before.map(({ name }) => name).sort());
      for (const [at, spec] of before.entries()) {
        const now = after.find(({ name }) => name === before[at]!.name)!;
        for (const call of calls) if (takes(spec, call)) expect(takes(now, call)).toBe(true);
      }
    }));
  });

  it('turn about: what one way takes promises back gives them the other way', () => {
    fc.assert(fc.property(tensors, tensors, (before, after) => {
      const count = (a: TensorSpec[], b: TensorSpec[], severity: string) => diffSignatures(outputs(...a), outputs(...b)).filter((change) => change.severity === severity && change.message.includes('any')).length;
      expect(count(before, after, 'DANGEROUS')).toBe(count(after, before, 'SAFE'));
    }));
  });
});
