import { Coalescer } from './coalescer';
import { PlatformError } from './errors';

function recording(run: (inputs: number[]) => Promise<number[]>, limits = { maxBatch: 4, maxInFlight: 1 }): { coalescer: Coalescer<number, number>; batches: number[][] } {
  const batches: number[][] = [];
  const coalescer = new Coalescer<number, number>({ ...limits, run: (inputs) => { batches.push(inputs); return run(inputs); } });
  return { coalescer, batches };
}

const doubled = (inputs: number[]) => Promise.resolve(inputs.map((input) => input * 2));
const allOf = (coalescer: Coalescer<number, number>, inputs: number[]) => Promise.allSettled(inputs.map((input) => coalescer.add(input)));

describe('the coalescer', () => {
  it('gives calls of one turn one batch, up to its limit, and each its own answer', async () => {
    const { coalescer, batches } = recording(doubled);
    expect(await allOf(coalescer, [1, 2, 3, 4, 5])).toEqual([2, 4, 6, 8, 10].map((value) => ({ status: 'fulfilled', value })));
    expect(batches).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('gathers what arrives while a batch runs', async () => {
    let release = (): void => undefined;
    const { coalescer, batches } = recording(async (inputs) => {
      if (inputs[0] === 1) await new Promise<void>((resolve) => { release = resolve; });
      return inputs;
    });
    const first = coalescer.add(1);
    while (batches.length === 0) await new Promise(setImmediate);
    const rest = [coalescer.add(2), coalescer.add(3)];
    await new Promise(setImmediate);
    expect(batches).toEqual([[1]]);
    release();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('fails an input for its own fault alone', async () => {
    const { coalescer } = recording((inputs) => (inputs.includes(2) ? Promise.reject(new Error('two')) : doubled(inputs)));
    expect((await allOf(coalescer, [1, 2, 3])).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails all at once when what they share is away', async () => {
    const { coalescer, batches } = recording(() => Promise.reject(new PlatformError('UNAVAILABLE', 'away')));
    expect((await allOf(coalescer, [1, 2, 3])).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(batches).toHaveLength(1);
  });
});
