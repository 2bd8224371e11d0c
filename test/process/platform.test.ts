import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { Api } from '../../bench/support/api';
import { deployModel, until } from '../../bench/support/deploy';
import { identityItem, identityModel, slowItem, slowModel } from '../../bench/support/models';
import { startPlatform, temporaryDir, type PlatformOptions, type PlatformProcess } from '../../bench/support/platform-process';
import { isAlive } from '../../platform/postgres/process-identity';
import { eventually } from '../support/eventually';

const READY_MS = 60_000;
jest.setTimeout(180_000);

let dataDir: string;
let api: Api | null = null;
/** Ended after the test, whatever failed. */
const started: PlatformProcess[] = [];

beforeEach(async () => { dataDir = await temporaryDir('modelgraph-process-'); });

afterEach(async () => {
  await api?.close();
  api = null;
  for (const platform of started.splice(0)) await platform.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

/** A platform with one worker, and the API of the latest. */
async function start(options: PlatformOptions = {}): Promise<PlatformProcess> {
  const platform = await startPlatform({ dataDir, ...options });
  started.push(platform);
  await api?.close();
  api = new Api(platform.url);
  return platform;
}

async function submit(deployment: string, item: object): Promise<string> {
  const answer = await api!.request<{ submitInference: { job: { id: string } } }>(
    'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items: [item] } });
  return answer.submitInference.job.id;
}

async function statusOf(id: string): Promise<string | undefined> {
  return (await api!.request<{ job: { status: string } | null }>('query ($id: ID!) { job(id: $id) { status } }', { id })).job?.status;
}

async function succeeds(id: string): Promise<void> {
  await until(`job ${id} is SUCCEEDED`, async () => await statusOf(id) === 'SUCCEEDED', READY_MS);
}

/** All that runs below a process: Postgres with its backends, workers, runners. */
function processesBelow(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const childrenOf = (parent: number): number[] => lines.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child!, ...childrenOf(child!)]);
  return childrenOf(pid);
}

describe('the platform as a process', () => {
  it('ends at Ctrl-C with status 0, leaves no process behind, and finds its data again', async () => {
    const first = await start({ ownGroup: true });
    const deployment = await deployModel(api!, { name: 'kept', onnx: identityModel() });
    const before = await submit(deployment, identityItem());
    await succeeds(before);
    const below = processesBelow(first.pid);
    // Postgres and its backends, the worker and its runner.
    expect(below.length).toBeGreaterThan(4);

    process.kill(-first.pid, 'SIGINT');
    expect(await first.exited).toBe(0);
    await eventually(() => expect(below.filter(isAlive)).toEqual([]));

    await start();
    expect(await statusOf(before)).toBe('SUCCEEDED');
    await succeeds(await submit(deployment, identityItem()));
  });

  it('heals itself after kill -9: what was accepted is done, by whatever it had become', async () => {
    const first = await start();
    const deployment = await deployModel(api!, { name: 'slow', onnx: slowModel() });
    const accepted = await Promise.all(Array.from({ length: 60 }, () => submit(deployment, slowItem())));
    await until('some of it is done', async () => (await Promise.all(accepted.map(statusOf))).includes('SUCCEEDED'), READY_MS);
    const below = processesBelow(first.pid);
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toBe('SIGKILL');

    await start();
    const unfinished = (await Promise.all(accepted.map(statusOf))).filter((status) => status !== 'SUCCEEDED');
    expect(unfinished.length).toBeGreaterThan(0);
    for (const id of accepted) await succeeds(id);
    expect(below.filter(isAlive)).toEqual([]);
  });

  it('is refused a data directory that another one uses, and does that one no harm', async () => {
    const first = await start();
    await expect(startPlatform({ dataDir })).rejects.toThrow(`DATA_DIR_LOCKED: Process ${first.pid} uses`);
    await deployModel(api!, { name: 'unharmed', onnx: identityModel() });
  });

  it('is refused a port that something else listens on, and leaves nothing behind', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => { other.listen(0, '127.0.0.1', resolve); });
    const { port } = other.address() as net.AddressInfo;
    await expect(startPlatform({ dataDir, env: { PORT: String(port) } })).rejects.toThrow(`PORT_IN_USE: Something else listens on 127.0.0.1:${port}`);
    expect(processesNaming(dataDir)).toEqual([]);
    other.close();
    await start();
  });

  it('names all wrong variables together and starts nothing', async () => {
    const refused = startPlatform({ dataDir, env: { PORT: 'http', WORKERS: 'many', LOG_LEVEL: 'loud' } });
    await expect(refused).rejects.toThrow(/CONFIGURATION_INVALID(?=[^]*PORT)(?=[^]*WORKERS)(?=[^]*LOG_LEVEL)/);
    expect(fs.readdirSync(dataDir)).toEqual([]);
  });
});

function processesNaming(text: string): string[] {
  return execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(text));
}
