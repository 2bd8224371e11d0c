import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Api } from '../../bench/support/api';
import { deployModel } from '../../bench/support/deploy';
import { startPlatform } from '../../bench/support/platform-process';
import { DATATYPES } from '../../platform/tensor/datatype';
import { addModel, endlessModel, identityModel } from '../../test/support/onnx';
import { must, run } from './command';
import type { Verified } from './verified';

const SOURCE = path.resolve('scripts/verify/oip');
const CACHE = path.resolve('.cache/verify/oip');
const PYTHON = path.join(CACHE, 'bin', 'python');

/** NVIDIA's own Python client, as it is published, against a running platform: JSON and binary tensors of every datatype, and the extensions. */
export async function verifyOip(): Promise<Verified> {
  if ((await run('python3', ['-c', 'import venv, ensurepip'])).status !== 0) return { skipped: 'python3 with venv is needed' };
  await mkdir(path.dirname(CACHE), { recursive: true });
  if (await stat(PYTHON).then(() => false, () => true)) await must('python3', ['-m', 'venv', CACHE]);
  await must(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', path.join(SOURCE, 'requirements.txt')]);
  const platform = await startPlatform();
  try {
    await deployAll(new Api(platform.url));
    const { status, output } = await run(PYTHON, [path.join(SOURCE, 'client.py'), new URL(platform.url).host]);
    process.stderr.write(output);
    const [, passed, failed] = /(\d+) (\d+)\n$/.exec(output) ?? [null, '0', '1'];
    return { ok: status === 0 && failed === '0', figures: { passed: Number(passed), failed: Number(failed) } };
  } finally {
    await platform.stop();
  }
}

async function deployAll(api: Api): Promise<void> {
  try {
    for (const datatype of DATATYPES) await deployModel(api, { name: `of-${datatype.toLowerCase()}`, onnx: identityModel(datatype) });
    await deployModel(api, { name: 'pair', onnx: identityModel('FP32', ['n', 2]) });
    await deployModel(api, { name: 'add', onnx: addModel(2) });
    await deployModel(api, { name: 'endless', onnx: endlessModel() });
    await api.request('mutation { setAlias(input: { model: "default/pair", alias: "best", version: 1 }) { alias { name } } }');
  } finally {
    await api.close();
  }
}
