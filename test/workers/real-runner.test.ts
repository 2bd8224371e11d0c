import fs from 'node:fs/promises';
import path from 'node:path';
import { decodeTensor } from '../../platform/tensor/inline-tensor';
import type { RawTensor } from '../../platform/tensor/tensor';
import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';
import type { ItemResult } from '../../subgraphs/inference/worker.contract';
import { Incarnation } from '../../workers/incarnation';
import { ModelFolders } from '../../workers/model-folder';
import { layoutOf } from '../../workers/batching/batch-layout';
import { OnnxRunnerLoader } from '../../workers/runtime/runner.loader';
import { eventually } from '../support/eventually';
import { allocatingModel, endlessModel, externalDataModel, foreignOperatorModel, identityModel, mlpModel, reshapeModel } from '../support/onnx';
import { makeRevision, makeWorkerBench, type WorkerBench } from '../support/worker-bench';

const MiB = 1024 * 1024;
const models: Record<string, () => Buffer> = { identityModel, mlpModel: () => mlpModel([4, 3]), endlessModel, allocatingModel, reshapeModel, foreignOperatorModel, externalDataModel: () => externalDataModel('data/weights.bin') };

/** Remembers the runners it started. */
class RememberingLoader extends OnnxRunnerLoader {
  readonly started: { spec: RevisionSpec; runner: Awaited<ReturnType<OnnxRunnerLoader['load']>> }[] = [];

  override async load(spec: RevisionSpec, file: string) {
    const runner = await super.load(spec, file);
    this.started.push({ spec, runner });
    return runner;
  }
}

let bench: WorkerBench;
let loader: RememberingLoader;
let incarnation: Incarnation;

beforeEach(async () => {
  bench = await makeWorkerBench();
  loader = new RememberingLoader();
  for (const [name, make] of Object.entries(models)) await fs.writeFile(path.join(bench.root, name), make());
  const folders = new ModelFolders(path.join(bench.root, 'models'), { localFile: async (digest) => path.join(bench.root, digest) });
  incarnation = new Incarnation('worker-1', { ...bench.parts, folders, loader, batching: layoutOf });
  await incarnation.start();
});

afterEach(async () => {
  await incarnation.leave(0);
  await Promise.all(loader.started.map(({ runner }) => runner.exited));
  expect(await fs.readdir(path.join(bench.root, 'models')).catch(() => [])).toEqual([]);
  await bench.remove();
});

async function serve(...models: (Partial<RevisionSpec> & { artifactDigest: string })[]): Promise<RevisionSpec[]> {
  const revisions = models.map((overrides) => makeRevision({ memoryBytes: 256 * MiB, timeoutMs: 20_000, ...overrides }));
  incarnation.reconcile(revisions.map((revision) => ({ replicaId: revision.id, revision, profile: null })));
  await eventually(() => expect(bench.placement.states().filter((state) => state === 'READY' || state === 'FAILED')).toHaveLength(revisions.length));
  return revisions;
}

const floats = (...values: number[]): RawTensor => decodeTensor({ name: 'x', datatype: 'FP32', shape: [values.length], json: values });
const scalar = (): RawTensor => decodeTensor({ name: 'x', datatype: 'FP32', shape: [], json: 1 });
const count = (n: number): RawTensor => decodeTensor({ name: 'n', datatype: 'INT64', shape: [1], json: [String(n)] });
const codeOf = (result: ItemResult): string => ('error' in result ? result.error.code : 'ok');

async function codes(row: ReturnType<WorkerBench['ledger']['submit']>): Promise<string[]> {
  await eventually(() => expect(row.status).toBe('FINISHED'), { timeoutMs: 30_000 });
  return row.results!.map(codeOf);
}

describe('a replica with a real runner', () => {
  it('serves a model with its external data from a folder that holds the files of its version', async () => {
    await fs.writeFile(path.join(bench.root, 'weights'), Buffer.from(Float32Array.of(10, 20, 30, 40).buffer));
    await fs.writeFile(path.join(bench.root, 'labels'), 'cat');
    const files = [{ path: 'net/data/weights.bin', digest: 'weights', sizeBytes: 16 }, { path: 'labels.txt', digest: 'labels', sizeBytes: 3 }];
    const [revision] = await serve({ artifactDigest: 'externalDataModel', artifactPath: 'net/model.onnx', files });
    const row = bench.ledger.submit([[floats(1, 2, 3, 4)]], { revisionId: revision!.id });
    await codes(row);
    expect(row.results).toMatchObject([{ outputs: [{ data: new Uint8Array(Float32Array.of(11, 22, 33, 44).buffer) }] }]);
    const folder = path.join(bench.root, 'models', revision!.id);
    expect((await fs.readdir(folder, { recursive: true })).sort()).toEqual(['labels.txt', 'net', 'net/data', 'net/data/weights.bin', 'net/model.onnx']);
  });

  it('never loads a version whose files would lie outside of its folder', async () => {
    const paths = ['../out.bin', '/tmp/out.bin', '.', 'a/../../out.bin'];
    await serve(...paths.map((at) => ({ artifactDigest: 'identityModel', files: [{ path: at, digest: 'identityModel', sizeBytes: 1 }] })));
    expect(bench.placement.states()).toEqual(expect.arrayContaining(paths.map(() => 'FAILED')));
    expect(bench.placement.states()).not.toContain('READY');
    await eventually(async () => expect(await fs.readdir(path.join(bench.root, 'models'))).toEqual([]));
    expect(await fs.readdir(bench.root)).not.toContain('out.bin');
  });

  it('serves each model from a folder that holds nothing else', async () => {
    const [revision] = await serve({ artifactDigest: 'identityModel' });
    expect(await fs.readdir(path.join(bench.root, 'models', revision!.id))).toEqual(['model.onnx']);
    const row = bench.ledger.submit([[floats(1, 2)], [floats(3)]], { revisionId: revision!.id });
    expect(await codes(row)).toEqual(['ok', 'ok']);
    expect(row.results![0]).toMatchObject({ outputs: [{ datatype: 'FP32', shape: [2] }] });
  });

  it('stacks the items of a batchable model into one run', async () => {
    const [revision] = await serve({ artifactDigest: 'mlpModel', maxBatchSize: 8 });
    const input = (value: number): RawTensor => decodeTensor({ name: 'input', datatype: 'FP32', shape: [1, 4], json: [value, value, value, value] });
    const row = bench.ledger.submit([[input(1)], [input(2)], [input(3)]], { revisionId: revision!.id });
    expect(await codes(row)).toEqual(['ok', 'ok', 'ok']);
    expect(row.timing!.batchSize).toBe(3);
    expect(row.results!.map((result) => 'outputs' in result && result.outputs[0]!.shape)).toEqual([[1, 3], [1, 3], [1, 3]]);
  });

  it('ends a run that never ends, and serves the next item with a new runner', async () => {
    const [revision, neighbour] = await serve({ artifactDigest: 'endlessModel', timeoutMs: 500 }, { artifactDigest: 'identityModel' });
    const rows = [bench.ledger.submit([[scalar()]], { revisionId: revision!.id }), bench.ledger.submit([[floats(1)]], { revisionId: neighbour!.id })];
    expect(await Promise.all(rows.map(codes))).toEqual([['INFERENCE_TIMEOUT'], ['ok']]);
    expect(await codes(bench.ledger.submit([[scalar()]], { revisionId: revision!.id }))).toEqual(['INFERENCE_TIMEOUT']);
  });

  it('fails the item that asks for 8 GiB, not its neighbours', async () => {
    const [revision] = await serve({ artifactDigest: 'allocatingModel' });
    const row = bench.ledger.submit([[count(4)], [count(2 ** 31)], [count(8)]], { revisionId: revision!.id });
    expect(await codes(row)).toEqual(['ok', 'DEVICE_OUT_OF_MEMORY', 'ok']);
  });

  it('kills the run of a cancelled job and serves on', async () => {
    const [revision] = await serve({ artifactDigest: 'endlessModel' });
    const row = bench.ledger.submit([[scalar()]], { revisionId: revision!.id });
    await eventually(() => expect(row.status).toBe('RUNNING'));
    bench.ledger.cancel(row);
    bench.bus.publish('chunk-cancel', row.jobId);
    await eventually(() => expect(loader.started).toHaveLength(2));
    await loader.started[0]!.runner.exited;
    expect(row).toMatchObject({ status: 'CANCELED', finishes: 0 });
    expect(bench.placement.states()).toEqual(['LOADING', 'READY']);
  });

  it('outlives a runner that is killed from outside during a run', async () => {
    const [revision, neighbour] = await serve({ artifactDigest: 'endlessModel' }, { artifactDigest: 'identityModel' });
    const row = bench.ledger.submit([[scalar()]], { revisionId: revision!.id });
    await eventually(() => {
      const { runner } = loader.started.findLast(({ spec }) => spec.id === revision!.id)!;
      process.kill(runner.pid!, 'SIGKILL');
      expect(row.status).toBe('FINISHED');
    }, { intervalMs: 300 });
    expect(await codes(row)).toEqual(['RUNNER_CRASHED']);
    expect(await codes(bench.ledger.submit([[floats(1)]], { revisionId: neighbour!.id }))).toEqual(['ok']);
  });

  it('reports why a model cannot be loaded', async () => {
    await serve({ artifactDigest: 'foreignOperatorModel' });
    expect(bench.placement.reports.at(-1)).toMatchObject({ state: 'FAILED', reason: { code: 'MODEL_UNSUPPORTED' } });
  });
});
