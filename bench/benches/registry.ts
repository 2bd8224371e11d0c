import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Api } from '../support/api';
import { until } from '../support/deploy';
import { watchMemory } from '../support/memory-watch';
import { Payload, receivedBytes } from '../support/payload';
import { startPlatform, temporaryDir, type PlatformProcess } from '../support/platform-process';
import { startReady } from '../support/ready-process';
import { percentile, round } from '../support/report';
import { cloneTimes } from './registry-clone';
import { versions } from './versions';

const GIB = 1024 ** 3;
/** Odd, for medians. Disks are not the same from one second to the next: all sides take turns within a round. */
const ROUNDS = 5;

/** What a way is measured against. */
const FLOORS = { uploadPut: 'floorUpload', uploadLfs: 'floorUpload', downloadHttp: 'floorDownload', downloadLfs: 'floorDownload' } as const;
type Way = keyof typeof FLOORS;
type Turn = Way | 'floorUpload' | 'floorDownload';
/** In the order of a round. */
type Turns = Readonly<Record<Turn, () => Promise<unknown>>>;

interface Sides {
  api: Api;
  platform: PlatformProcess;
  floorUrl: string;
}

/**
 * 1 GiB up and down on every way, against a bare Node server that hashes it and waits for the same disk; and a repository of 200 versions cloned, against
 * the same cloned from the disk by Git alone.
 */
export async function registryBench(): Promise<object> {
  const dataDir = await temporaryDir('modelgraph-registry-bench-');
  const platform = await startPlatform({ dataDir, env: { WORKERS: '0' } });
  const floor = await startReady([path.join(__dirname, '../support/byte-floor.main.js'), dataDir]);
  const api = new Api(platform.url);
  try {
    const turns = await turnsOf({ api, platform, floorUrl: floor.ready });
    const memory = await watchMemory(platform.pid);
    const seconds = await takeTurns(turns);
    const rssRiseMiB = memory.stop();
    return report(seconds, { rssRiseMiB: round(rssRiseMiB, 0), ...await cloneTimes(api, platform) });
  } finally {
    await api.close();
    await floor.stop();
    await platform.stop();
    await Promise.all([dataDir, `${dataDir}.log`].map((left) => rm(left, { recursive: true, force: true })));
  }
}

async function turnsOf({ api, platform, floorUrl }: Sides): Promise<Turns> {
  const payload = new Payload(GIB);
  const lfsUrl = `${platform.url}/git/default/bytes.git/info/lfs/objects/${payload.sha256}`;
  await api.request('mutation { createModel(input: { name: "bytes" }) { model { id } } }');
  let version = '';
  return {
    floorUpload: () => payload.send('PUT', floorUrl),
    uploadPut: async () => { version = (JSON.parse(await payload.send('PUT', await uploadUrl(api))) as { versionId: string }).versionId; },
    uploadLfs: () => payload.send('PUT', lfsUrl),
    floorDownload: () => receivedWhole(floorUrl),
    downloadHttp: async () => receivedWhole(await downloadUrl(api, version)),
    downloadLfs: () => receivedWhole(lfsUrl),
  };

  async function receivedWhole(url: string): Promise<void> {
    const sizeBytes = await receivedBytes(url);
    if (sizeBytes !== GIB) throw new Error(`${url} gave ${sizeBytes} bytes.`);
  }
}

async function uploadUrl(api: Api): Promise<string> {
  // Its inspection would take part in what is measured next.
  await until('nothing is inspected', async () => {
    const { model } = await api.request<{ model: { versions: { edges: { node: { state: string } }[] } } }>('{ model(fullName: "default/bytes") { versions(first: 1) { edges { node { state } } } } }');
    return model.versions.edges.every(({ node }) => node.state !== 'INSPECTING');
  });
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>('mutation { createUpload(input: { model: "default/bytes" }) { upload { url } } }');
  return createUpload.upload.url;
}

async function downloadUrl(api: Api, version: string): Promise<string> {
  const { modelVersion } = await api.request<{ modelVersion: { downloadUrl: string } }>('query ($id: ID!) { modelVersion(id: $id) { downloadUrl } }', { id: version });
  return modelVersion.downloadUrl;
}

async function takeTurns(turns: Turns): Promise<Record<Turn, number[]>> {
  const names = Object.keys(turns) as Turn[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Turn, number[]>;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (const name of names) {
      const startedAt = performance.now();
      await turns[name]();
      seconds[name].push((performance.now() - startedAt) / 1_000);
    }
  }
  return seconds;
}

function report(seconds: Record<Turn, number[]>, figures: object): object {
  const median = (turn: Turn) => percentile(seconds[turn], 0.5);
  const ratios = Object.fromEntries((Object.keys(FLOORS) as Way[]).map((way) => [way, round(median(FLOORS[way]) / median(way))]));
  const mibPerSecond = Object.fromEntries((Object.keys(seconds) as Turn[]).map((turn) => [turn, round(1_024 / median(turn), 0)]));
  // tus and the search are measured once they are part of the registry.
  return { bench: 'registry', ratios: { ...ratios, uploadTus: null }, figures: { ...figures, mibPerSecond, rounds: ROUNDS, searchP95Ms: null }, versions: versions() };
}
