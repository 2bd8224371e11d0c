import { createHash } from 'node:crypto';
import { Api } from '../../bench/support/api';
import { until } from '../../bench/support/deploy';
import { startPlatform } from '../../bench/support/platform-process';
import { addModel, identityModel } from '../../test/support/onnx';
import { hasPython, runPython } from './python';
import type { Verified } from './verified';

/** MLflow's own client for Python, as it is published, against a running platform. */
export async function verifyMlflow(): Promise<Verified> {
  if (!await hasPython()) return { skipped: 'python3 with venv is needed' };
  const platform = await startPlatform();
  try {
    const { developer, stranger } = await fill(new Api(platform.url));
    const digest = createHash('sha256').update(identityModel()).digest('hex');
    return await runPython({ name: 'mlflow', args: [platform.url, developer, stranger, digest] });
  } finally {
    await platform.stop();
  }
}

/** `default/pushed` with two versions, a key of its namespace and one of another. */
async function fill(api: Api): Promise<{ developer: string; stranger: string }> {
  try {
    await api.request('mutation { createNamespace(input: { name: "strangers" }) { namespace { id } } createModel(input: { name: "pushed" }) { model { id } } }');
    for (const bytes of [identityModel(), addModel()]) await upload(api, bytes);
    return { developer: await keyIn(api, 'default'), stranger: await keyIn(api, 'strangers') };
  } finally {
    await api.close();
  }
}

/** Until it is READY. */
async function upload(api: Api, bytes: Buffer): Promise<void> {
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>('mutation { createUpload(input: { model: "default/pushed" }) { upload { url } } }');
  const { versionId } = await api.put(createUpload.upload.url, bytes);
  await until('the version is READY', async () => {
    const { modelVersion } = await api.request<{ modelVersion: { state: string } }>('query ($id: ID!) { modelVersion(id: $id) { state } }', { id: versionId });
    return modelVersion.state === 'READY';
  });
}

async function keyIn(api: Api, namespace: string): Promise<string> {
  const made = await api.request<{ createApiKey: { secret: string } }>('mutation ($namespace: String!) { createApiKey(input: { namespace: $namespace, name: "verifier", role: DEVELOPER }) { secret } }', { namespace });
  return made.createApiKey.secret;
}
