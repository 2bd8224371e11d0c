import * as fc from 'fast-check';
import { readSampling, SEED_MAX, type Sampling } from '../../../platform/generation/sampling';
import { chooseToken } from './sampler';

const sampling = (overrides: Partial<Sampling> = {}): Sampling => ({ temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, seed: 7, ...overrides });
const sequence = (length: number): Int32Array => new Int32Array(length).fill(0);

/** What is drawn at many positions, by how often. */
function drawn(logits: number[], overrides: Partial<Sampling>, draws = 4_000): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let position = 1; position <= draws; position++) counts[chooseToken(Float32Array.from(logits), sequence(position), sampling(overrides))]! += 1;
  return counts.map((count) => count / draws);
}

describe('a token', () => {
  it.each<[string, number[]]>([
    ['NaN', [0, NaN]], ['+Infinity', [Infinity, 0]], ['-Infinity for all', [-Infinity, -Infinity]], ['nothing', []],
  ])('is not chosen from logits of %s, greedily or by lot', (_title, logits) => {
    for (const temperature of [0, 1]) expect(() => chooseToken(Float32Array.from(logits), sequence(1), sampling({ temperature }))).toThrow(/no token can be chosen/);
  });

  it('is the most likely at temperature 0, and the first of equals', () => {
    expect(chooseToken(Float32Array.of(1, 3, 3, -Infinity), sequence(1), sampling({ temperature: 0, topK: 3, topP: 0.1 }))).toBe(1);
  });

  it('is drawn as often as its probability says', () => {
    const expected = [0.5, 0.3, 0.2, 0];
    const counts = drawn(expected.map(Math.log), {});
    expected.forEach((share, id) => expect(Math.abs(counts[id]! - share)).toBeLessThan(0.03));
    expect(counts[3]).toBe(0);
  });

  it('is drawn more evenly the higher the temperature, and hardly by lot at a very low one', () => {
    const logits = [0.8, 0.2].map(Math.log);
    // p^(1/2) to p^(1/2): 2 to 1.
    expect(Math.abs(drawn(logits, { temperature: 2 })[0]! - 2 / 3)).toBeLessThan(0.03);
    expect(drawn(logits, { temperature: 1e-9 }, 50)).toEqual([1, 0]);
  });

  it('is one of the top k, also where more are equal to the last of them', () => {
    expect(drawn([1, 3, 2, 2, 2], { topK: 2 }).map((share) => share > 0)).toEqual([false, true, true, false, false]);
    expect(drawn([1, 1, 1], { topK: 99 }).every((share) => share > 0.25)).toBe(true);
  });

  it('is one of the fewest that have the probability p together, of the top k where both are asked for', () => {
    const logits = [0.1, 0.5, 0.3, 0.1].map(Math.log);
    expect(drawn(logits, { topP: 0.79 }).map((share) => share > 0)).toEqual([false, true, true, false]);
    expect(drawn(logits, { topP: 0.85 }).filter((share) => share > 0)).toHaveLength(3);
    expect(drawn(logits, { topP: 0 })).toEqual([0, 1, 0, 0]);
    // Among the best two, 0.5 of 0.8 is 0.625.
    expect(drawn(logits, { topK: 2, topP: 0.6 })).toEqual([0, 1, 0, 0]);
  });

  it('comes again less often with a penalty, whatever the sign of its logit', () => {
    const tokens = Int32Array.of(1, 1, 99);
    const greedy = (logits: number[]): number => chooseToken(Float32Array.from(logits), tokens, sampling({ temperature: 0, repetitionPenalty: 2 }));
    expect(greedy([1, 1.9])).toBe(0);
    expect(greedy([-1, -0.6])).toBe(0);
    expect(greedy([1, 2.1])).toBe(1);
  });

  it('depends on the seed and the position alone, and lies in every nucleus', () => {
    fc.assert(fc.property(
      fc.record({
        logits: fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 }), seed: fc.nat(SEED_MAX), position: fc.nat(30),
        topP: fc.double({ min: 0, max: 1, noNaN: true }), topK: fc.nat(50),
      }),
      ({ logits, seed, position, topP, topK }) => {
        const choose = (): number => chooseToken(Float32Array.from(logits), sequence(position), sampling({ seed, topP, topK }));
        const token = choose();
        expect(choose()).toBe(token);
        const better = logits.map((logit) => Math.exp(logit)).filter((weight) => weight > Math.exp(logits[token]!));
        if (topK > 0) expect(better.length).toBeLessThan(topK);
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        if (topK === 0) expect(better.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(total * topP + 1e-6 * total);
      },
    ));
    const all = new Set(Array.from({ length: 50 }, (_, seed) => chooseToken(new Float32Array(1_000), sequence(3), sampling({ seed }))));
    expect(all.size).toBeGreaterThan(40);
  });
});

describe('the sampling that is asked for', () => {
  it.each<[string, object]>([
    ['a negative temperature', { temperature: -1 }], ['NaN', { temperature: NaN }], ['infinity', { temperature: Infinity }], ['text', { temperature: '1' }], ['half a token', { topK: 0.5 }],
    ['a negative top k', { topK: -1 }], ['a top k beyond all vocabularies', { topK: 2 ** 31 }], ['a probability above 1', { topP: 1.01 }], ['no penalty at all', { repetitionPenalty: 0 }],
    ['a seed of 2^31', { seed: 2 ** 31 }], ['a seed of 2^64', { seed: 2 ** 64 }], ['half a seed', { seed: 0.5 }], ['a negative seed', { seed: -1 }], ['another name', { beams: 2 }],
  ])('is refused with %s', (_title, given) => {
    expect(() => readSampling(given)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('is greedy where nothing is said, with a seed drawn by lot', () => {
    expect(readSampling({ topP: null }, () => 0.5)).toEqual({ temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 2 ** 30 });
    expect(readSampling({ seed: SEED_MAX }).seed).toBe(SEED_MAX);
    expect(readSampling({}, () => 1 - 2 ** -53).seed).toBe(SEED_MAX);
  });
});
