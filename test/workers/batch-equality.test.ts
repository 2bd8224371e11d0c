import fc from 'fast-check';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DATATYPES, ELEMENT_BYTES, type Datatype } from '../../platform/tensor/datatype';
import { packBytes } from '../../platform/tensor/bytes-elements';
import type { RawTensor } from '../../platform/tensor/tensor';
import { outputDifference } from '../../workers/autotune/output-difference';
import { tensorBatching } from '../../workers/runtime/runner.loader';
import { Runner } from '../../workers/runtime/runner';
import { embeddingModel, identityModel, mlpModel, superlinearModel } from '../support/onnx';

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
  async function difference(batch: RawTensor[][]): Promise<number> {
    const alone: RawTensor[][] = [];
    for (const inputs of batch) alone.push((await runner.run([{ inputs, outputs: null }]))[0]!.outputs);
    const [together] = await runner.run([{ inputs: tensorBatching.stack(batch), outputs: null }]);
    const split = tensorBatching.split(together!.outputs, batch.map(([tensor]) => tensor!.shape[0]!));
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
});
