import { Api } from '../../bench/support/api';
import { deployModel } from '../../bench/support/deploy';
import { startPlatform } from '../../bench/support/platform-process';
import { DATATYPES } from '../../platform/tensor/datatype';
import { addModel, endlessModel, identityModel } from '../../test/support/onnx';
import { hasPython, runPython } from './python';
import type { Verified } from './verified';

/** NVIDIA's own Python client, as it is published, against a running platform: JSON and binary tensors of every datatype, and the extensions. */
export async function verifyOip(): Promise<Verified> {
  if (!await hasPython()) return { skipped: 'python3 with venv is needed' };
  const platform = await startPlatform();
  try {
    await deployAll(new Api(platform.url));
    return await runPython({ name: 'oip', args: [new URL(platform.url).host] });
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
