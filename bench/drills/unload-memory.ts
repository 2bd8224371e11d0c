import { runnersOf } from '../../test/support/runner-processes';
import { heavyModel } from '../../test/support/onnx';
import { Api } from '../support/api';
import { deployModel, until } from '../support/deploy';
import { startPlatform } from '../support/platform-process';
import { residentKib } from '../support/process-tree';
import { round } from '../support/report';
import type { DrillResult } from './drill.result';

const CYCLES = 20;
/** The heap of a process that has just started grows for reasons of its own. */
const WARM_UP_CYCLES = 3;
const MAX_GROWTH = 0.1;
const MEBIBYTE = 2 ** 20;
/** 40 MB of weights: what stayed behind of one load would show. */
const WEIGHTS = 10_000_000;

/** A revision is loaded, run and unloaded again and again: its runner's memory is back with the system each time, and the worker has kept nothing. */
export async function unloadMemory(): Promise<DrillResult> {
  const platform = await startPlatform({ env: { WORKERS: '1', WORKER_SPARE_RUNNERS: '0' } });
  const api = new Api(platform.url);
  try {
    const deployment = await deployModel(api, { name: 'heavy', onnx: heavyModel(WEIGHTS) });
    const residentMb: number[] = [];
    const worker = runnersOf([platform.pid])[0]!.parentPid;
    let loaded = 0;
    for (let cycle = 0; cycle < WARM_UP_CYCLES + CYCLES; cycle += 1) {
      loaded = Math.max(loaded, await runnersKib(platform.pid));
      await api.request('mutation ($input: StopDeploymentInput!) { stopDeployment(input: $input) { deployment { id } } }', { input: { deployment } });
      await until('the runner is gone', async () => runnersOf([platform.pid]).length === 0);
      residentMb.push(round((await residentKib(worker)) / 1024, 1));
      await api.request('mutation ($input: StartDeploymentInput!) { startDeployment(input: $input) { deployment { id } } }', { input: { deployment } });
      await until('it serves again', async () => (await statusOf(api, deployment)) === 'READY');
    }
    return judge(residentMb.slice(WARM_UP_CYCLES - 1), loaded * 1024);
  } finally {
    await api.close();
    await platform.stop();
  }
}

function judge(residentMb: number[], loadedBytes: number): DrillResult {
  const [first, last] = [residentMb[0]!, residentMb.at(-1)!];
  const growth = round(last / first - 1, 3);
  return {
    drill: 'unload-memory',
    ok: growth <= MAX_GROWTH && loadedBytes > 32 * MEBIBYTE,
    figures: { accepted: CYCLES, finished: residentMb.length - 1, lost: 0, duplicated: 0, faults: 0, growth, residentMb, loadedMb: round(loadedBytes / MEBIBYTE, 0) },
  };
}

/** Of the runners together. */
async function runnersKib(platform: number): Promise<number> {
  const each = await Promise.all(runnersOf([platform]).map(({ pid }) => residentKib(pid)));
  return each.reduce((sum, kib) => sum + kib, 0);
}

async function statusOf(api: Api, fullName: string): Promise<string> {
  const { deployment } = await api.request<{ deployment: { status: string } }>('query ($fullName: String!) { deployment(fullName: $fullName) { status } }', { fullName });
  return deployment.status;
}
