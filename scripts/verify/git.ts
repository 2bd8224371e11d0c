import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Api } from '../../bench/support/api';
import { until } from '../../bench/support/deploy';
import { startParted } from '../../bench/support/parted-platform';
import { startPlatform, temporaryDir, type PlatformProcess } from '../../bench/support/platform-process';
import { residentKib } from '../../bench/support/process-tree';
import { GitUser } from '../../test/support/git-user';
import { identityModel, mlpModel } from '../../test/support/onnx';
import { Checks } from './checks';
import { install } from './command';
import type { Verified } from './verified';

/** About 200 MB of weights. */
const LARGE = [7_100, 7_100];

/** Unmodified Git and Git LFS against the whole platform: in one process with a model of 200 MB and faults, then with every part apart. */
export async function verifyGit(): Promise<Verified> {
  await install('git-lfs', ['git-lfs']);
  const checks = new Checks();
  const ada = new GitUser();
  const dataDir = await temporaryDir('modelgraph-verify-git-');
  const figures: Record<string, number> = {};
  try {
    await inOneProcess({ checks, ada, dataDir, figures });
    await checks.run('clones and pushes where every subgraph is a process of its own', () => apart(ada));
  } finally {
    ada.remove();
    await Promise.all([rm(dataDir, { recursive: true, force: true }), rm(`${dataDir}.log`, { force: true })]);
  }
  return checks.verdict(figures);
}

interface Session {
  checks: Checks;
  ada: GitUser;
  dataDir: string;
  figures: Record<string, number>;
}

async function inOneProcess({ checks, ada, dataDir, figures }: Session): Promise<void> {
  const port = { PORT: '0' };
  let platform = await startPlatform({ dataDir, env: port });
  const model = mlpModel(LARGE);
  try {
    await makeModel(platform.url, 'large');
    await commit(ada, { url: platform.url, folder: 'large', model });
    await checks.run('a client that is killed in the middle of its weights leaves nothing', () => killedClient({ ada, dataDir, url: platform.url }));
    await checks.run('a server that is killed in the middle of a push leaves nothing behind its next start', async () => {
      platform = await killedServer({ ada, dataDir, platform });
    });
    await checks.run('a model of 200 MB is pushed and becomes READY', async () => {
      const rss = watchMemory(platform.pid);
      const startedAt = performance.now();
      const output = await ada.must('large', 'push', 'origin', 'main');
      Object.assign(figures, { modelMiB: round(model.length / 2 ** 20), pushMs: round(performance.now() - startedAt), rssRiseMiB: round(rss.stop() / 1_024) });
      assert.match(output, /version 1 of default\/large: READY/);
    });
    await checks.run('a clone has the same bytes', async () => {
      const startedAt = performance.now();
      await ada.must('.', 'clone', '-q', `${platform.url}/git/default/large.git`, 'copy');
      figures['cloneMs'] = round(performance.now() - startedAt);
      assert.equal(sha256(await readFile(ada.folder('copy/model.onnx'))), sha256(model));
    });
    await checks.run('a wrong key that is shown is refused, also on this machine', async () => {
      const { status, output } = await ada.run('.', '-c', 'http.extraHeader=Authorization: Bearer wrong', 'ls-remote', `${platform.url}/git/default/large.git`);
      assert.notEqual(status, 0);
      assert.match(output, /Authentication failed|terminal prompts disabled/);
    });
  } finally {
    await platform.stop({ keep: true });
  }
}

async function makeModel(url: string, name: string): Promise<void> {
  const api = new Api(url);
  await api.request('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name }).finally(() => api.close());
}

async function commit(ada: GitUser, { url, folder, model }: { url: string; folder: string; model: Buffer }): Promise<void> {
  await ada.must('.', 'clone', '-q', `${url}/git/default/${folder}.git`, folder);
  await ada.must(folder, 'lfs', 'track', '*.onnx');
  ada.write(`${folder}/model.onnx`, model);
  await ada.must(folder, 'add', '.');
  await ada.must(folder, 'commit', '-qm', 'a model');
}

interface Struck {
  ada: GitUser;
  dataDir: string;
}

async function killedClient({ ada, dataDir, url }: Struck & { url: string }): Promise<void> {
  const child = ada.start('large', 'push', 'origin', 'main');
  const ended = once(child, 'exit');
  await until('weights come in', async () => (await incoming(dataDir)).length > 0);
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  await until('what came is gone', async () => (await incoming(dataDir)).length === 0);
  assert.equal(await ada.must('.', 'ls-remote', `${url}/git/default/large.git`), '');
}

async function killedServer({ ada, dataDir, platform }: Struck & { platform: PlatformProcess }): Promise<PlatformProcess> {
  const child = ada.start('large', '-c', 'lfs.activitytimeout=5', 'push', 'origin', 'main');
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await until('weights come in', async () => (await incoming(dataDir)).length > 0);
  process.kill(platform.pid, 'SIGKILL');
  await platform.exited;
  const [status] = await ended;
  assert.notEqual(status, 0);
  const next = await startPlatform({ dataDir, env: { PORT: new URL(platform.url).port } });
  assert.equal(await ada.must('.', 'ls-remote', `${next.url}/git/default/large.git`), '');
  return next;
}

function incoming(dataDir: string): Promise<string[]> {
  return readdir(path.join(dataDir, 'artifacts', 'incoming')).catch(() => []);
}

/** How far the memory of a process rises above what it has now, in KiB. */
function watchMemory(pid: number): { stop(): number } {
  let first = Number.NaN;
  let highest = 0;
  const look = async () => {
    const now = await residentKib(pid);
    if (Number.isNaN(first)) first = now;
    highest = Math.max(highest, now);
  };
  const timer = setInterval(() => void look(), 50);
  void look();
  return { stop() { clearInterval(timer); return highest - first; } };
}

async function apart(ada: GitUser): Promise<void> {
  const platform = await startParted({ gateways: 1, workers: 1 });
  const { url } = platform.gateways[0]!;
  try {
    await makeModel(url, 'apart');
    await commit(ada, { url, folder: 'apart', model: identityModel() });
    assert.match(await ada.must('apart', 'push', 'origin', 'main'), /version 1 of default\/apart: READY/);
    await ada.must('.', 'clone', '-q', '--depth', '1', `${url}/git/default/apart.git`, 'apart-copy');
    assert.deepEqual(await readFile(ada.folder('apart-copy/model.onnx')), identityModel());
    await ada.must('apart', 'update-index', '--add', '--cacheinfo', `160000,${(await ada.must('apart', 'rev-parse', 'HEAD')).trim()},sub`);
    await ada.must('apart', 'commit', '-qm', 'sub');
    const { output } = await ada.run('apart', 'push', 'origin', 'main');
    assert.match(output, /Push refused: "sub" is a symbolic link or a submodule/);
  } finally {
    await platform.stop();
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function round(value: number): number {
  return Math.round(value);
}
