import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { GitUser } from '../../test/support/git-user';
import type { Api } from '../support/api';
import type { PlatformProcess } from '../support/platform-process';
import { percentile, round } from '../support/report';

const VERSIONS = 200;
const ROUNDS = 5;
const MODEL = 'default/many';

/** How long `git clone` takes of a repository of 200 versions, weights aside, over HTTP and straight from the disk. */
export async function cloneTimes(api: Api, { url, dataDir }: PlatformProcess): Promise<object> {
  await api.request('mutation { createModel(input: { name: "many" }) { model { id } } }');
  // Not models, so that each is rejected at once: a commit is made of every version, whatever becomes of it.
  for (let count = 0; count < VERSIONS; count += 1) {
    const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>('mutation ($model: String!) { createUpload(input: { model: $model }) { upload { url } } }', { model: MODEL });
    await api.put(createUpload.upload.url, randomBytes(1_024));
  }
  const { model } = await api.request<{ model: { id: string } }>('query ($model: String!) { model(fullName: $model) { id } }', { model: MODEL });
  const user = new GitUser();
  try {
    const times = { http: [] as number[], disk: [] as number[] };
    const sources = { http: `${url}/git/${MODEL}.git`, disk: `file://${path.join(dataDir, 'repositories', `${model.id}.git`)}` };
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      for (const side of ['http', 'disk'] as const) {
        const startedAt = performance.now();
        await user.must('.', '-c', 'safe.directory=*', 'clone', '-q', '--no-checkout', sources[side], `${side}-${turn}`);
        times[side].push(performance.now() - startedAt);
      }
    }
    const commits = Number(await user.must('http-0', 'rev-list', '--count', 'origin/main'));
    if (commits !== VERSIONS) throw new Error(`The clone has ${commits} commits.`);
    return { versions: VERSIONS, cloneMs: round(percentile(times.http, 0.5), 0), cloneFromDiskMs: round(percentile(times.disk, 0.5), 0) };
  } finally {
    user.remove();
  }
}
