import { isAlive, runnersOf } from '../../test/support/runner-processes';
import { addModel, allocatingModel, endlessModel, externalDataModel, fillingModel, foreignOperatorModel, nestedModel, sequenceModel } from '../../test/support/onnx';
import { Api, Refused } from '../support/api';
import { deployModel, until } from '../support/deploy';
import { startPlatform } from '../support/platform-process';
import { residentKib } from '../support/process-tree';
import { round } from '../support/report';
import type { DrillResult } from './drill.result';

const ROUNDS = 3;
const MAX_GROWTH = 0.25;
/** For runs that do not end by themselves. */
const LIMITS = { limits: { timeoutMs: 1_000 }, resources: { memoryBytes: 134_217_728 } };
const HUGE = { name: 'n', datatype: 'INT64', shape: [1], json: ['4000000000'] };

interface Hostile {
  name: string;
  onnx: () => Uint8Array;
  /** Sent to it, should it ever come into service. */
  input: object;
}

const FLOAT = { name: 'x', datatype: 'FP32', shape: [], json: [1] };
const HOSTILES: readonly Hostile[] = [
  { name: 'noise', onnx: () => Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 251), input: FLOAT },
  { name: 'empty', onnx: () => new Uint8Array([0]), input: FLOAT },
  { name: 'cut', onnx: () => addModel(512).subarray(0, 60), input: FLOAT },
  { name: 'outside', onnx: () => externalDataModel('../../../etc/passwd'), input: { ...FLOAT, shape: [4], json: [1, 2, 3, 4] } },
  { name: 'foreign', onnx: foreignOperatorModel, input: { ...FLOAT, shape: [1] } },
  { name: 'deep', onnx: () => nestedModel(400), input: { name: 'c', datatype: 'BOOL', shape: [], json: [true] } },
  { name: 'sequence', onnx: sequenceModel, input: FLOAT },
  { name: 'endless', onnx: endlessModel, input: FLOAT },
  { name: 'greedy', onnx: allocatingModel, input: HUGE },
  { name: 'filling', onnx: fillingModel, input: HUGE },
];

interface Treatment {
  /** Why it did not serve, or what its call was answered. */
  code: string;
  isRefused: boolean;
}

/** Files made to harm are pushed, deployed and called while an honest model serves: each is refused with a code, and the honest one never notices. */
export async function hostileModels(): Promise<DrillResult> {
  const platform = await startPlatform({ env: { WORKERS: '1' } });
  const api = new Api(platform.url);
  try {
    const honest = new HonestCalls(api, await deployModel(api, { name: 'honest', onnx: addModel(2) }));
    const worker = runnersOf([platform.pid])[0]!.parentPid;
    const calls = honest.start();
    const treatments: Record<string, Treatment> = {};
    let before = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const hostile of HOSTILES) treatments[`${hostile.name}-${round}`] = await treat(api, hostile, round);
      if (round === 0) before = await residentKib(worker);
    }
    honest.stop();
    await calls;
    return judge({ treatments, honest, isWorkerAlive: isAlive(worker), growth: (await residentKib(worker)) / before - 1 });
  } finally {
    await api.close();
    await platform.stop();
  }
}

function judge({ treatments, honest, isWorkerAlive, growth }: { treatments: Record<string, Treatment>; honest: HonestCalls; isWorkerAlive: boolean; growth: number }): DrillResult {
  const all = Object.values(treatments);
  const unharmed = all.filter(({ isRefused }) => isRefused).length;
  return {
    drill: 'hostile-models',
    ok: unharmed === all.length && isWorkerAlive && honest.wrong === 0 && honest.right > all.length && growth <= MAX_GROWTH,
    figures: {
      accepted: honest.right + honest.wrong, finished: honest.right, lost: honest.wrong, duplicated: 0, faults: all.length, unharmed, isWorkerAlive, growth: round(growth, 3),
      codes: Object.fromEntries(Object.entries(treatments).filter(([name]) => name.endsWith('-0')).map(([name, { code }]) => [name.slice(0, -2), code])),
    },
  };
}

/** Pushes, deploys and calls it as far as it gets. */
async function treat(api: Api, { name, onnx, input }: Hostile, round: number): Promise<Treatment> {
  try {
    const model = `${name}-${round}`;
    const version = await push(api, model, onnx());
    if (version.state !== 'READY') return { code: version.code ?? version.state, isRefused: true };
    await api.request('mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } } }', { input: { name: model, model: `default/${model}`, version: 1, replicas: 1, ...LIMITS } });
    const fullName = `default/${model}`;
    let status = '';
    await until('it is READY or given up', async () => {
      ({ deployment: { status } } = await api.request<{ deployment: { status: string } }>('query ($fullName: String!) { deployment(fullName: $fullName) { status } }', { fullName }));
      return status === 'READY' || status === 'FAILED' || status === 'DEGRADED';
    });
    const code = await answerOf(api, fullName, [input]);
    await api.request('mutation ($input: StopDeploymentInput!) { stopDeployment(input: $input) { deployment { id } } }', { input: { deployment: fullName } });
    return { code: code ?? 'SERVED', isRefused: code !== null };
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, isRefused: error.code !== 'INTERNAL_SERVER_ERROR' };
    throw error;
  }
}

async function push(api: Api, name: string, onnx: Uint8Array): Promise<{ state: string; code: string | null }> {
  await api.request('mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }', { input: { name } });
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>(
    'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } } }', { input: { model: `default/${name}` } });
  const { versionId } = await api.put(createUpload.upload.url, onnx);
  let state = 'INSPECTING';
  let code: string | null = null;
  await until('the version is inspected', async () => {
    const { modelVersion } = await api.request<{ modelVersion: { state: string; inspection: { code: string | null } } }>(
      'query ($id: ID!) { modelVersion(id: $id) { state inspection { code } } }', { id: versionId });
    ({ state } = modelVersion);
    ({ code } = modelVersion.inspection);
    return state !== 'INSPECTING';
  });
  return { state, code };
}

/** Null when it was answered with outputs. */
async function answerOf(api: Api, deployment: string, inputs: object[]): Promise<string | null> {
  const text = 'mutation ($input: InferInput!) { infer(input: $input) { outputs { name } } }';
  try {
    await api.request(text, { input: { deployment, inputs, timeoutMs: 20_000 } });
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

/** Calls of the honest model, one after the other. */
class HonestCalls {
  right = 0;
  wrong = 0;
  #isStopped = false;

  constructor(private readonly api: Api, private readonly deployment: string) {}

  async start(): Promise<void> {
    const row = (name: string): object => ({ name, datatype: 'FP32', shape: [1, 2], json: [1, 2] });
    while (!this.#isStopped) {
      const code = await answerOf(this.api, this.deployment, [row('a'), row('b')]).catch(() => 'BROKEN');
      if (code === null) this.right += 1;
      else this.wrong += 1;
    }
  }

  stop(): void {
    this.#isStopped = true;
  }
}
