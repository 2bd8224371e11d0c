import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Api } from '../../bench/support/api';
import { deployModel, until } from '../../bench/support/deploy';
import { startPlatform } from '../../bench/support/platform-process';
import { readEnvironment } from '../../platform/env';
import { PlatformError } from '../../platform/errors';
import { openArtifactStore } from '../../subgraphs/model-registry';
import { LIMITS, storeContract } from '../../test/support/artifact-store.contract';
import { identityModel } from '../../test/support/onnx';
import { Checks } from './checks';
import type { StorageProcess } from './hdfs-process';
import { spoilObject } from './spoilt-object';
import type { Verified } from './verified';

/** A real server: the contract of artifact stores, the main job of the platform on top of it, and its going away. */
export async function verifyStore(start: () => Promise<StorageProcess>): Promise<Verified> {
  const server = await start();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-verify-'));
  const store = openArtifactStore(readEnvironment({ ...server.env, DATA_DIR: dataDir }));
  const checks = new Checks();
  try {
    for (const { title, holds } of storeContract) await checks.run(title, () => holds({ store, spoil: (digest) => spoilObject(server.env, digest) }));
    await checks.run('serves a model that was pushed, deployed and called', () => pushDeployInfer(server.env));
  } finally {
    await server.stop();
  }
  await checks.run('says UNAVAILABLE once the server is gone', async () => {
    const code = await store.write(Readable.from([Buffer.from('x')]), LIMITS).then(() => 'stored', (error: unknown) => (error instanceof PlatformError ? error.code : error));
    if (code !== 'UNAVAILABLE') throw new Error(`Got ${String(code)}`);
  });
  await rm(dataDir, { recursive: true, force: true });
  return checks.verdict();
}

async function pushDeployInfer(env: StorageProcess['env']): Promise<void> {
  const platform = await startPlatform({ env });
  const api = new Api(platform.url);
  try {
    const deployment = await deployModel(api, { name: 'identity', onnx: identityModel() });
    const item = { inputs: [{ name: 'x', datatype: 'FP32', shape: [2], json: [1, 2] }] };
    const { submitInference } = await api.request<{ submitInference: { job: { id: string } } }>(
      'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items: [item] } });
    await until('the job has SUCCEEDED', async () => {
      const { job } = await api.request<{ job: { status: string } }>('query ($id: ID!) { job(id: $id) { status } }', { id: submitInference.job.id });
      if (job.status === 'FAILED') throw new Error('The job failed.');
      return job.status === 'SUCCEEDED';
    });
  } finally {
    await api.close();
    await platform.stop();
  }
}
