import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { silentLog } from '../../platform/log';
import type { Signature } from '../../platform/tensor/tensor';
import type { BatchProfile, RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import { inspectModel } from '../../subgraphs/model-registry/inspection';
import { BatchTuner } from '../../workers/autotune/batch-tuner';
import { RunnerKeeper } from '../../workers/runner-keeper';
import { layoutOf } from '../../workers/batching/batch-layout';
import { OnnxRunnerLoader } from '../../workers/runtime/runner.loader';
import { addModel, allocatingModel, embeddingModel, endlessRowsModel, identityModel, maskedAttentionModel, mlpModel, rowMixingModel, superlinearModel } from '../support/onnx';
import { makeRevision } from '../support/worker-bench';

const MEBIBYTE = 1024 * 1024;

interface TuneOptions extends Partial<Pick<RevisionSpec, 'batchDimension' | 'padding'>> {
  budgetMs?: number;
  memoryBytes?: number;
}

describe('autotuning on the real runtime', () => {
  let folder: string;
  let keeper: RunnerKeeper;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'autotune-test-'));
  });
  afterEach(async () => {
    await keeper.close();
    await fs.rm(folder, { recursive: true });
  });

  async function tune(model: Buffer, { budgetMs = 1_500, memoryBytes = 256 * MEBIBYTE, ...batching }: TuneOptions = {}): Promise<BatchProfile> {
    const file = path.join(folder, 'model.onnx');
    await fs.writeFile(file, model);
    const signature: Signature = (await inspectModel(file)).signature;
    const listener = { restarting: () => undefined, ready: () => undefined, failed: () => undefined };
    const spec = makeRevision({ signature, memoryBytes, timeoutMs: 60_000, ...batching });
    keeper = new RunnerKeeper({ loader: new OnnxRunnerLoader(), spec, file, listener, log: silentLog() });
    await keeper.start();
    return new BatchTuner({ batching: layoutOf, budgetMs }).tune(spec, keeper);
  }

  it('finds that batches of a perceptron pay', async () => {
    const profile = await tune(mlpModel([784, 512, 10]));
    expect(profile.table.map(({ batchSize }) => batchSize)).toEqual(expect.arrayContaining([1, 2, 4, 8]));
    expect(profile.table.every(({ msPerBatch }) => msPerBatch > 0)).toBe(true);
    expect(profile.chosenMaxBatch).toBeGreaterThan(1);
    expect(profile.gain).toBeGreaterThan(1.15);
    expect(profile.maxRelativeError).toBeLessThanOrEqual(1e-4);
  });

  it('leaves batching off where a batch costs more than its items', async () => {
    const profile = await tune(superlinearModel());
    expect(profile).toMatchObject({ chosenMaxBatch: 1, gain: 1, maxRelativeError: 0, reason: expect.stringContaining('No batch pays') as string });
    expect(profile.table.length).toBeGreaterThan(1);
  });

  it('leaves batching off where rows change each other, however fast', async () => {
    expect(await tune(rowMixingModel())).toMatchObject({ chosenMaxBatch: 1, reason: expect.stringContaining('mixes its rows') as string });
  });

  it('measures padded batches where a mask hides what is added, and leaves batching off where it is seen', async () => {
    const padding = { dimension: 'length', buckets: [], mask: 'mask', values: [] };
    const masked = await tune(maskedAttentionModel(6), { padding: [padding] });
    expect(masked.maxRelativeError).toBeLessThanOrEqual(1e-4);
    expect(masked.table.length).toBeGreaterThan(0);
    await keeper.close();
    const seen = await tune(maskedAttentionModel(6), { padding: [{ ...padding, mask: null, values: [{ input: 'mask', value: 1 }] }] });
    expect(seen).toMatchObject({ chosenMaxBatch: 1, reason: expect.stringContaining('mixes its rows') as string });
  });

  it('joins along the dimension that is named', async () => {
    const model = identityModel('FP32', ['length', 'batch', 4]);
    expect((await tune(model, { batchDimension: 'batch' })).table.length).toBeGreaterThan(0);
    await keeper.close();
    expect(await tune(model, { batchDimension: 'rows' })).toMatchObject({ chosenMaxBatch: 1, reason: '"x" has no dynamic dimension rows along which items could be joined.' });
  });

  it('leaves batching off without a batch axis and names the tensor', async () => {
    expect(await tune(allocatingModel())).toEqual({
      table: [], chosenMaxBatch: 1, gain: null, maxRelativeError: null, reason: '"n" has no dynamic dimension 0 along which items could be joined.',
    });
  });

  it('measures a model that takes no index but 0', async () => {
    expect((await tune(embeddingModel(1))).table.length).toBeGreaterThan(1);
    await keeper.close();
    expect((await tune(embeddingModel(100))).maxRelativeError).toBe(0);
  });

  it('ends a model that never ends, and the runner serves on', async () => {
    const profile = await tune(endlessRowsModel(), { budgetMs: 200 });
    expect(profile).toMatchObject({ chosenMaxBatch: 1, table: [], reason: expect.stringContaining('was not done in the time') as string });
    await keeper.close();
    expect((await tune(addModel())).maxRelativeError).toBe(0);
  });
});
