import { Api } from '../support/api';
import { until } from '../support/deploy';
import { faultyBucket, faultyFolder, type FaultyStore } from '../support/faulty-store';
import { identityModel } from '../support/models';
import { startPlatform } from '../support/platform-process';
import { percentile, round } from '../support/report';
import { sha256, StoreClient, type Heard, type StoredModel } from '../support/store-client';
import type { DrillResult } from './drill.result';
import { newTally, note, within, type Tally } from './fault-tally';

const DEADLINE_MS = 15_000;
const MODEL = 'store';
const VERSION_STATE = 'query ($id: ID!) { modelVersion(id: $id) { state inspection { code message } } }';
const VERSIONS = 'query ($after: String) { model(fullName: "default/store") { versions(first: 100, after: $after) { edges { node { digest } } pageInfo { hasNextPage endCursor } } } }';

/** What all clients of a store were told, which is held against what the store and the graph have in the end. */
interface Ledger {
  stored: StoredModel[];
  refused: { digest: string; sizeBytes: number }[];
  faults: number;
  brokenOff: number;
}

interface Struck {
  store: FaultyStore;
  api: Api;
  client: StoreClient;
  tally: Tally;
  ledger: Ledger;
}

/** A folder and a bucket fail in every way under people who send and fetch models: each hears a code in time, or his download breaks off; nothing half-written is seen, and all is well again. */
export async function storeFaults(): Promise<DrillResult> {
  const tally = newTally(DEADLINE_MS);
  const ledger: Ledger = { stored: [], refused: [], faults: 0, brokenOff: 0 };
  const kinds: string[] = [];
  let counted = { lost: 0, duplicated: 0 };
  for (const open of [faultyFolder, faultyBucket]) {
    const store = await open();
    try {
      kinds.push(...[...Object.keys(store.faults), 'has a flipped byte'].map((kind) => `${store.name} ${kind}`));
      const own: Ledger = { stored: [], refused: [], faults: 0, brokenOff: 0 };
      const { lost, duplicated } = await strikeStore(store, tally, own);
      counted = { lost: counted.lost + lost, duplicated: counted.duplicated + duplicated };
      ledger.stored.push(...own.stored);
      ledger.refused.push(...own.refused);
      ledger.faults += own.faults;
      ledger.brokenOff += own.brokenOff;
    } finally {
      await store.stop();
    }
  }
  return judge({ tally, ledger, kinds, ...counted });
}

function judge({ tally, ledger, kinds, lost, duplicated }: { tally: Tally; ledger: Ledger; kinds: string[]; lost: number; duplicated: number }): DrillResult {
  const { asked, ended, late, wrong, tookMs, failures } = tally;
  return {
    drill: 'store-faults',
    ok: ended === asked && late === 0 && wrong === 0 && lost === 0 && duplicated === 0 && ledger.faults > 0 && ledger.refused.length > 0 && ledger.stored.length > 0,
    figures: {
      accepted: ledger.stored.length, finished: ledger.stored.length - lost, lost, duplicated, faults: ledger.faults, asked, refused: ledger.refused.length, brokenOff: ledger.brokenOff,
      late, wrong, failure: failures[0], kinds, deadlineMs: DEADLINE_MS, p50Ms: round(percentile(tookMs, 0.5), 0), slowestMs: round(Math.max(...tookMs), 0),
    },
  };
}

async function strikeStore(store: FaultyStore, tally: Tally, ledger: Ledger): Promise<{ lost: number; duplicated: number }> {
  const platform = await startPlatform({ dataDir: store.dataDir, env: { ...store.env, WORKERS: '0', LOG_LEVEL: 'error' } });
  const api = new Api(platform.url);
  try {
    await api.request('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name: MODEL });
    const struck = { store, api, client: new StoreClient(platform.url, api, `default/${MODEL}`), tally, ledger };
    for (const kind of Object.keys(store.faults)) await strike(struck, kind);
    await flip(struck);
    return await recount(struck);
  } finally {
    await api.close();
    await platform.stop();
  }
}

async function strike(struck: Struck, kind: string): Promise<void> {
  const { store, client, ledger } = struck;
  const [model, object] = [await must(client.put()), await must(client.putLfs())];
  ledger.stored.push(model, object);
  // Its inspection meets the fault.
  const inspected = await must(client.put(Buffer.from(identityModel())));
  ledger.stored.push(inspected);
  const heal = await store.faults[kind]!();
  ledger.faults += 1;
  const name = `${store.name} ${kind}`;
  await Promise.all([
    ...[1, 2, 3].map(() => upload(struck, name, () => client.put())), upload(struck, name, () => client.putLfs()),
    within(struck.tally, `${name}: leaving`, () => client.leave().then(() => null)),
    ...[model, object].map((known) => download(struck, name, known)), download(struck, name, model, 'bytes=100-199'),
  ]);
  await heal();
  await recovered(struck, name, model);
  await until(`the version pushed before "${name}" is READY`, async () => {
    const { modelVersion } = await struck.api.request<{ modelVersion: { state: string; inspection: { code: string | null; message: string | null } } }>(VERSION_STATE, { id: inspected.versionId });
    if (modelVersion.state === 'REJECTED') throw new Error(`A good model was REJECTED while the ${name}: ${modelVersion.inspection.code} ${modelVersion.inspection.message}`);
    return modelVersion.state === 'READY';
  });
}

async function upload({ tally, ledger }: Struck, name: string, send: () => ReturnType<StoreClient['put']>): Promise<void> {
  await within(tally, `${name}: upload`, async () => {
    const { heard, stored, digest } = await send();
    if (stored) ledger.stored.push(stored);
    else ledger.refused.push({ digest, sizeBytes: 8 * 1024 * 1024 });
    return stored || (heard.status >= 400 && heard.code !== null && heard.code !== 'INTERNAL_SERVER_ERROR') ? null : described(heard);
  });
}

async function download({ client, tally, ledger }: Struck, name: string, known: StoredModel, range?: string): Promise<void> {
  await within(tally, `${name}: download`, async () => {
    const heard = await client.get(known, range);
    if (heard.status >= 400) return heard.code !== null && heard.code !== 'INTERNAL_SERVER_ERROR' ? null : described(heard);
    if (!heard.isWhole) { ledger.brokenOff += 1; return null; }
    return heard.bytes.equals(range ? known.bytes.subarray(100, 200) : known.bytes) ? null : `wrong bytes: ${described(heard)}`;
  });
}

/** By the same people, without anything being restarted. */
async function recovered({ client, ledger, tally }: Struck, name: string, known: StoredModel): Promise<void> {
  await until(`the platform serves again after "${name}"`, async () => {
    const heard = await client.get(known);
    return heard.status === 200 && heard.isWhole && heard.bytes.equals(known.bytes);
  });
  const { heard, stored } = await client.put();
  if (stored) ledger.stored.push(stored);
  else note(tally, `${name}: refused afterwards: ${described(heard)}`);
}

/** One byte of a stored object changes: nobody is given all of it, and sending it again mends it. */
async function flip({ store, client, tally, ledger }: Struck): Promise<void> {
  const [model, object] = [await must(client.put()), await must(client.putLfs())];
  ledger.stored.push(model, object);
  for (const known of [model, object]) {
    await store.spoil(known.digest);
    ledger.faults += 1;
    for (const range of [undefined, 'bytes=0-99']) await within(tally, `${store.name}: a flipped byte`, async () => {
      const heard = await client.get(known, range);
      if (heard.status < 400 && !heard.isWhole) ledger.brokenOff += 1;
      return heard.code === 'ARTIFACT_CORRUPT' || (heard.status < 400 && !heard.isWhole) ? null : described(heard);
    });
    const again = known.versionId === null ? await client.putLfs(Buffer.from(known.bytes)) : await client.put(Buffer.from(known.bytes));
    if (again.stored) ledger.stored.push(again.stored);
  }
}

/** Everything that was accepted is there and right; of what was refused nothing is, or all of it and unseen. */
async function recount({ store, api, client, tally, ledger }: Struck): Promise<{ lost: number; duplicated: number }> {
  let lost = 0;
  for (const known of ledger.stored) {
    const heard = await client.get(known);
    if (!heard.isWhole || sha256(heard.bytes) !== known.digest) lost += 1;
  }
  for (const { digest, sizeBytes } of ledger.refused) {
    const found = await store.sizeOf(digest);
    if (found !== null && found !== sizeBytes) note(tally, `${store.name}: ${found} of ${sizeBytes} bytes of a refused upload are visible`);
  }
  const listed = await digestsOf(api);
  const accepted = ledger.stored.filter(({ versionId }) => versionId !== null).length;
  return { lost: lost + Math.max(0, accepted - listed.length), duplicated: Math.max(0, listed.length - accepted) };
}

async function digestsOf(api: Api): Promise<string[]> {
  const digests: string[] = [];
  for (let after: string | null = null; ;) {
    const { model }: { model: { versions: { edges: { node: { digest: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } } = await api.request(VERSIONS, { after });
    digests.push(...model.versions.edges.map(({ node }) => node.digest));
    if (!model.versions.pageInfo.hasNextPage) return digests;
    after = model.versions.pageInfo.endCursor;
  }
}

/** While all is well. */
async function must(sending: ReturnType<StoreClient['put']>): Promise<StoredModel> {
  const { heard, stored } = await sending;
  if (!stored) throw new Error(`The platform took no file: ${described(heard)}`);
  return stored;
}

function described({ status, code, isWhole, bytes }: Heard): string {
  return `${status} ${code ?? 'without a code'}${isWhole ? '' : ', broken off'}, ${bytes.length} bytes: ${bytes.subarray(0, 200).toString()}`;
}
