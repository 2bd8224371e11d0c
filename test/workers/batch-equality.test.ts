import fc from 'fast-check';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DATATYPES, ELEMENT_BYTES, type Datatype } from '../../platform/tensor/datatype';
import { packBytes } from '../../platform/tensor/bytes-elements';
import type { RawTensor } from '../../platform/tensor/tensor';
import { outputDifference } from '../../workers/autotune/output-difference';
import { layoutOf, type BatchLayout } from '../../workers/batching/batch-layout';
import { Runner } from '../../workers/runtime/runner';
import { embeddingModel, identityModel, maskedAttentionModel, MASKED_ATTENTION, mlpModel, superlinearModel } from '../support/onnx';

const MEBIBYTE = 1024 * 1024;
const RUNS = { numRuns: 25 };

/** Requests of one to four rows each, their bytes drawn from a few values, among them the extremes of the datatype. */
function requests(name: string, datatype: Datatype, rest: number[], values: fc.Arbitrary<Uint8Array>): fc.Arbitrary<RawTensor[][]> {
  const request = fc.integer({ min: 1, max: 4 }).chain((rows) => {
    const shape = [rows, ...rest];
    const count = shape.reduce((product, size) => product * size, 1);
    return fc.array(values, { minLength: count, maxLength: count }).map((elements): RawTensor[] => {
      return [{ name, datatype, shape, data: datatype === 'BYTES' ? packBytes(elements) : Buffer.concat(elements) }];
    });
  });
  return fc.array(request, { minLength: 1, maxLength: 6 });
}

function anyElement(datatype: Datatype): fc.Arbitrary<Uint8Array> {
  if (datatype === 'BOOL') return fc.constantFrom(Uint8Array.of(0), Uint8Array.of(1));
  if (datatype === 'BYTES') return fc.string().filter((text) => !text.includes('\0')).map((text) => Buffer.from(text));
  return fc.uint8Array({ minLength: ELEMENT_BYTES[datatype], maxLength: ELEMENT_BYTES[datatype] });
}

const float32 = fc.float({ min: -8, max: 8, noNaN: true }).map((value) => new Uint8Array(Float32Array.of(value).buffer));

describe('outputs of items in a batch', () => {
  let folder: string;
  let runner: Runner;
  beforeEach(async () => { folder = await fs.mkdtemp(path.join(os.tmpdir(), 'batch-equality-')); });
  afterEach(async () => {
    await runner.close();
    await fs.rm(folder, { recursive: true });
  });

  async function load(model: Buffer): Promise<void> {
    const file = path.join(folder, 'model.onnx');
    await fs.writeFile(file, model);
    ({ runner } = await Runner.start({ memoryBytes: 256 * MEBIBYTE, threads: 1, timeoutMs: 20_000, loadTimeoutMs: 20_000 }, file));
  }

  /** The largest relative difference to what each gives alone. */
  async function difference(batch: RawTensor[][], layout: BatchLayout = layoutOf({ signature: { inputs: [], outputs: [] } })): Promise<number> {
    const alone: RawTensor[][] = [];
    for (const inputs of batch) alone.push((await runner.run([{ inputs, outputs: null }]))[0]!.outputs);
    const [together] = await runner.run([{ inputs: layout.stack(batch), outputs: null }]);
    const split = layout.split(together!.outputs, batch.map((inputs) => layout.extentOf(inputs)!));
    return Math.max(...alone.map((outputs, item) => outputDifference(outputs, split[item]!).relative));
  }

  it.each(DATATYPES)('are those of the item alone, bit for bit, whatever bits a %s has', async (datatype) => {
    await load(identityModel(datatype, ['n', 3]));
    await fc.assert(fc.asyncProperty(requests('x', datatype, [3], anyElement(datatype)), async (batch) => expect(await difference(batch)).toBe(0)), RUNS);
  });

  it('are equal bit for bit for a table that is looked up, over the lengths of its requests', async () => {
    await load(embeddingModel(50));
    const id = fc.integer({ min: 0, max: 49 }).map((value) => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
    const anyLength = fc.integer({ min: 1, max: 9 }).chain((length) => requests('ids', 'INT64', [length], id));
    await fc.assert(fc.asyncProperty(anyLength, async (batch) => expect(await difference(batch)).toBe(0)), RUNS);
  });

  it('are within 1e-4 for a perceptron, whose kernel sums in another order', async () => {
    await load(mlpModel([16, 32, 5]));
    await fc.assert(fc.asyncProperty(requests('input', 'FP32', [16], float32), async (batch) => expect(await difference(batch)).toBeLessThanOrEqual(1e-4)), RUNS);
  });

  it('are equal for a model that computes over all rows and lets none change another', async () => {
    await load(superlinearModel(4, 2));
    await fc.assert(fc.asyncProperty(requests('x', 'FP32', [4], float32), async (batch) => expect(await difference(batch)).toBe(0)), RUNS);
  });

  it('are within 1e-4 for masked attention over items of different lengths, padded to their bucket', async () => {
    await load(maskedAttentionModel(6));
    const layout = layoutOf({ signature: MASKED_ATTENTION, padding: [{ dimension: 'length', buckets: [4, 8], mask: 'mask', values: [{ input: 'x', value: 7 }] }] });
    const item = fc.integer({ min: 1, max: 12 }).chain((length) => fc.record({
      x: fc.array(float32, { minLength: length * 6, maxLength: length * 6 }), hidden: fc.nat(length - 1), length: fc.constant(length),
    })).map(({ x, hidden, length }): RawTensor[] => [
      { name: 'x', datatype: 'FP32', shape: [1, length, 6], data: Buffer.concat(x) },
      // One position of its own is hidden, too: the mask is the caller's, not the platform's.
      { name: 'mask', datatype: 'FP32', shape: [1, length], data: new Uint8Array(Float32Array.from({ length }, (_, at) => (at === hidden && length > 1 ? 0 : 1)).buffer) },
    ]);
    await fc.assert(fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 5 }), async (batch) => expect(await difference(batch, layout)).toBeLessThanOrEqual(1e-4)), RUNS);
  });

  it('differ where a model has no mask: padding is seen', async () => {
    await load(maskedAttentionModel(6));
    const layout = layoutOf({ signature: MASKED_ATTENTION, padding: [{ dimension: 'length', buckets: [], mask: null, values: [{ input: 'x', value: 7 }, { input: 'mask', value: 1 }] }] });
    const item = (length: number): RawTensor[] => [
      { name: 'x', datatype: 'FP32', shape: [1, length, 6], data: new Uint8Array(Float32Array.from({ length: length * 6 }, (_, at) => Math.sin(at)).buffer) },
      { name: 'mask', datatype: 'FP32', shape: [1, length], data: new Uint8Array(new Float32Array(length).fill(1).buffer) },
    ];
    expect(await difference([item(2), item(5)], layout)).toBeGreaterThan(1e-2);
  });

  it.each(DATATYPES)('are those of the item alone, bit for bit, for %s joined along the second dimension and padded along the first', async (datatype) => {
    await load(identityModel(datatype, ['length', 'batch', 2]));
    const shape = [{ size: null, name: 'length' }, { size: null, name: 'batch' }, { size: 2, name: null }];
    const signature = { inputs: [{ name: 'x', datatype, shape }], outputs: [{ name: 'y', datatype, shape }] };
    const layout = layoutOf({ signature, batchDimension: 'batch', padding: [{ dimension: 'length', buckets: [3], mask: null, values: [] }] });
    const item = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 })).chain(([length, rows]) => {
      const count = length * rows * 2;
      return fc.array(anyElement(datatype), { minLength: count, maxLength: count })
        .map((elements): RawTensor[] => [{ name: 'x', datatype, shape: [length, rows, 2], data: datatype === 'BYTES' ? packBytes(elements) : Buffer.concat(elements) }]);
    });
    await fc.assert(fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 5 }), async (batch) => expect(await difference(batch, layout)).toBe(0)), RUNS);
  });
});
