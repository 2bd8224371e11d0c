import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import * as tus from 'tus-js-client';
import { Api } from '../../bench/support/api';
import { startPlatform, temporaryDir, type PlatformProcess } from '../../bench/support/platform-process';
import { freePort } from '../../platform/process/free-port';
import { eventually } from '../support/eventually';

const BYTES = 48 * 1024 * 1024;
jest.setTimeout(180_000);

let dataDir: string;
let port: number;
/** Ended after the test, whatever failed. */
const started: PlatformProcess[] = [];

beforeEach(async () => { [dataDir, port] = [await temporaryDir('modelgraph-resumed-'), await freePort()]; });
afterEach(async () => {
  for (const platform of started.splice(0)) await platform.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<PlatformProcess> {
  const platform = await startPlatform({ dataDir, env: { PORT: String(port), WORKERS: '0' } });
  started.push(platform);
  return platform;
}

it('an upload whose server is killed goes on where it stood, by its own client, once there is a server again', async () => {
  const bytes = randomBytes(BYTES);
  const first = await start();
  const api = new Api(first.url);
  const ask = async (selection: string) => (await api.request<{ model: { versions: { edges: { node: { digest: string } }[] } }; upload: { receivedBytes: string } | null }>(`{ model(fullName: "big") { versions { edges { node { digest } } } } ${selection} }`));
  await api.request('mutation { createModel(input: { name: "big" }) { model { id } } }');
  const made = await api.request<{ createUpload: { upload: { id: string; url: string } } }>(`mutation { createUpload(input: { model: "big", sizeBytes: "${BYTES}" }) { upload { id url } } }`);
  const { id, url } = made.createUpload.upload;
  const offsets: number[] = [];
  let killedAt = 0;
  const isDone = new Promise<void>((resolve, reject) => new tus.Upload(bytes, {
    endpoint: `${first.url}/uploads/`, uploadUrl: url, storeFingerprintForResuming: false, retryDelays: Array.from({ length: 200 }, () => 200), onShouldRetry: () => true, onError: reject, onSuccess: () => resolve(),
    onAfterResponse: (request, response) => { if (request.getMethod() === 'HEAD' && response.getStatus() === 200) offsets.push(Number(response.getHeader('upload-offset'))); },
    chunkSize: 4 * 1024 * 1024,
    onChunkComplete: (_size, accepted) => {
      if (killedAt > 0 || accepted < BYTES / 3) return;
      killedAt = accepted;
      process.kill(first.pid, 'SIGKILL');
    },
  }).start());
  isDone.catch(() => undefined);
  expect(await first.exited).toBe('SIGKILL');
  expect(killedAt).toBeGreaterThan(0);
  await start();
  expect((await ask('')).model.versions.edges).toEqual([]);
  await isDone;
  // Asked once before the kill, and again after it: nothing that was accepted is sent twice.
  expect(offsets[0]).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThanOrEqual(killedAt);
  await eventually(async () => expect((await ask(`upload(id: "${id}") { receivedBytes }`)).upload).toEqual({ receivedBytes: String(BYTES) }));
  expect((await ask('')).model.versions.edges).toEqual([{ node: { digest: createHash('sha256').update(bytes).digest('hex') } }]);
  await api.close();
});
