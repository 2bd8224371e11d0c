import assert from 'node:assert/strict';
import { Api } from '../../bench/support/api';
import { startPlatform } from '../../bench/support/platform-process';
import { GitUser } from '../../test/support/git-user';
import { embeddingModel, identityModel } from '../../test/support/onnx';
import { install } from './command';
import { hasPython, runPython } from './python';
import type { Verified } from './verified';

interface Filled {
  /** Of main. */
  commit: string;
  sizeBytes: number;
  key: string;
}

/** Hugging Face's own client for Python, as it is published, against a running platform. Its clients for JavaScript are asked in the tests. */
export async function verifyHub(): Promise<Verified> {
  if (!await hasPython()) return { skipped: 'python3 with venv is needed' };
  await install('git-lfs', ['git-lfs']);
  const platform = await startPlatform();
  const ada = new GitUser();
  try {
    const { commit, sizeBytes, key } = await fill(new Api(platform.url), ada, platform.url);
    return await runPython({ name: 'hub', args: [`${platform.url}/hf`, key, commit, String(sizeBytes)] });
  } finally {
    ada.remove();
    await platform.stop();
  }
}

/** A tiny model with its words, pushed by Git; two more; and one of another namespace. */
async function fill(api: Api, ada: GitUser, url: string): Promise<Filled> {
  try {
    await api.request('mutation { createNamespace(input: { name: "strangers" }) { namespace { id } } createModel(input: { namespace: "strangers", name: "secret" }) { model { id } } }');
    for (const name of ['tiny', 'other', 'third']) await api.request('mutation ($name: String!) { createModel(input: { name: $name, tags: [$name] }) { model { id } } }', { name });
    for (const model of ['default/other', 'strangers/secret']) await upload(api, model);
    const sizeBytes = await push(ada, url);
    await api.request('mutation { setAlias(input: { model: "default/tiny", alias: "production", version: 1 }) { alias { name } } }');
    const made = await api.request<{ createApiKey: { secret: string } }>('mutation { createApiKey(input: { namespace: "default", name: "verifier", role: VIEWER }) { secret } }');
    return { commit: (await ada.must('tiny', 'rev-parse', 'HEAD')).trim(), sizeBytes, key: made.createApiKey.secret };
  } finally {
    await api.close();
  }
}

async function upload(api: Api, model: string): Promise<void> {
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>('mutation ($model: String!) { createUpload(input: { model: $model }) { upload { url } } }', { model });
  await api.put(createUpload.upload.url, identityModel());
}

/** Of 25 MB: huggingface_hub goes on from whole chunks of 10. */
async function push(ada: GitUser, url: string): Promise<number> {
  const model = embeddingModel(800_000, 8, { input: 'input_ids', output: 'last_hidden_state' });
  await ada.must('.', 'clone', '-q', `${url}/git/default/tiny.git`, 'tiny');
  await ada.must('tiny', 'lfs', 'track', '*.onnx');
  ada.write('tiny/model.onnx', model);
  ada.write('tiny/config.json', JSON.stringify({ model_type: 'bert', architectures: ['BertModel'] }));
  ada.write('tiny/tokenizer.json', '{}');
  ada.write('tiny/deep/er/file.txt', 'deep\n');
  await ada.must('tiny', 'add', '.');
  await ada.must('tiny', 'commit', '-qm', 'a tiny model');
  assert.match(await ada.must('tiny', 'push', 'origin', 'main', 'main:feature/x'), /version 1 of default\/tiny: READY/);
  return model.length;
}
