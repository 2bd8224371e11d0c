import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PlatformError } from '../../platform/errors';
import type { openArtifactStore } from '../../subgraphs/model-registry';

type Store = ReturnType<typeof openArtifactStore>;

export interface StoreUnderTest {
  store: Store;
  /** Changes the object's bytes behind the store's back, to as many others. */
  spoil(digest: string): Promise<void>;
}

export interface Law {
  title: string;
  holds(under: StoreUnderTest): Promise<void>;
}

export const LIMITS = { maxBytes: 1e9, sizeBytes: null, digest: null };
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const UNKNOWN = '0'.repeat(64);
const MIB = 1024 * 1024;

/** What every artifact store promises, without the words of a test runner: tests and `npm run verify` both go through it. */
export const storeContract: readonly Law[] = [
  { title: 'keeps bytes under their SHA-256 and gives them back, several parts long', async holds({ store }) {
    for (const sizeBytes of [1, 1_000, 20 * MIB + 7]) {
      const bytes = randomBytes(sizeBytes);
      const artifact = await store.write(Readable.from(chunks(bytes)), { ...LIMITS, sizeBytes, digest: digestOf(bytes) });
      same(artifact, { digest: digestOf(bytes), sizeBytes });
      same(await store.stat(artifact.digest), artifact);
      same(digestOf(await buffer(await store.read(artifact.digest))), artifact.digest);
    }
  } },
  { title: 'takes equal bytes twice', async holds({ store }) {
    const bytes = randomBytes(1_000);
    const [first, second] = [await store.write(Readable.from([bytes]), LIMITS), await store.write(Readable.from([bytes]), LIMITS)];
    same(first, second);
    same(await buffer(await store.read(first.digest)), bytes);
  } },
  { title: 'reads ranges', async holds({ store }) {
    const bytes = randomBytes(9 * MIB);
    const { digest } = await store.write(Readable.from([bytes]), LIMITS);
    for (const [start, end] of [[0, 0], [5, 99], [8 * MIB, 9 * MIB - 1]] as const) {
      same(digestOf(await buffer(await store.read(digest, { start, end }))), digestOf(bytes.subarray(start, end + 1)));
    }
  } },
  { title: 'reads a range as far as the object goes, and refuses one that begins behind its end or is none', async holds({ store }) {
    const bytes = randomBytes(1_000);
    const { digest } = await store.write(Readable.from([bytes]), LIMITS);
    same(digestOf(await buffer(await store.read(digest, { start: 990, end: 999_999 }))), digestOf(bytes.subarray(990)));
    for (const [start, end] of [[1_000, 1_000], [999_999, 9_999_999], [5, 4], [-1, 3], [Number.NaN, 3]] as const) {
      await refuses('RANGE_NOT_SATISFIABLE', store.read(digest, { start, end }));
    }
    await refuses('ARTIFACT_NOT_FOUND', store.read(UNKNOWN, { start: 0, end: 1 }));
  } },
  { title: 'keeps nothing of a body that is too long, too short, other than announced, empty or cut', async holds({ store }) {
    const bytes = randomBytes(10 * MIB);
    const digest = digestOf(bytes);
    const refusals = [[{ maxBytes: MIB }, 'UPLOAD_TOO_LARGE'], [{ sizeBytes: 1 }, 'UPLOAD_INCOMPLETE'], [{ digest: UNKNOWN }, 'UPLOAD_INCOMPLETE']] as const;
    for (const [limits, code] of refusals) await refuses(code, store.write(Readable.from(chunks(bytes)), { ...LIMITS, ...limits }));
    await refuses('UPLOAD_INCOMPLETE', store.write(Readable.from([]), LIMITS));
    await refuses('UPLOAD_INCOMPLETE', store.write(cut(bytes), LIMITS));
    same(await store.stat(digest), null);
    // HDFS may open a file whose sender is gone already; the next sweep takes it.
    await store.sweep(0);
    same(await store.sweep(0), 0);
  } },
  { title: 'knows nothing of what it does not hold, nor of what is no digest', async holds({ store }) {
    await store.write(Readable.from([Buffer.from('something')]), LIMITS);
    for (const digest of [UNKNOWN, '../../etc/passwd', '']) {
      same(await store.stat(digest), null);
      await refuses('ARTIFACT_NOT_FOUND', store.read(digest));
      await refuses('ARTIFACT_NOT_FOUND', store.localFile(digest));
      await store.delete(digest);
    }
  } },
  { title: 'never serves spoilt bytes to their end, whole, in part or as a file, and heals when they are pushed again', async holds({ store, spoil }) {
    const bytes = randomBytes(3 * MIB);
    const { digest } = await store.write(Readable.from([bytes]), LIMITS);
    await spoil(digest);
    let receivedBytes = 0;
    await refuses('ARTIFACT_CORRUPT', (async () => { for await (const chunk of await store.read(digest)) receivedBytes += (chunk as Buffer).length; })());
    if (receivedBytes >= bytes.length) throw new Error('All of the spoilt bytes were served.');
    await refuses('ARTIFACT_CORRUPT', store.read(digest, { start: 0, end: 9 }));
    await refuses('ARTIFACT_CORRUPT', store.localFile(digest));
    await store.write(Readable.from([bytes]), LIMITS);
    same(digestOf(await buffer(await store.read(digest))), digest);
    await store.localFile(digest);
  } },
  { title: 'collects what nobody links to, neither what is young nor what is linked, and asks again under the lock', async holds({ store }) {
    const [linked, late, orphan] = await Promise.all([1, 2, 3].map(async () => (await store.write(Readable.from([randomBytes(100)]), LIMITS)).digest));
    const links = (kept: string[], lateLink: string[] = []) => ({
      linked: async (digests: string[]) => new Set(digests.filter((digest) => kept.includes(digest))),
      whileUnlinked: async (digest: string, remove: () => Promise<boolean>) => !lateLink.includes(digest) && remove(),
    });
    same(await store.collect(3_600_000, links([])), 0);
    await store.collect(0, links([linked!], [late!]));
    same([await store.stat(linked!) !== null, await store.stat(late!) !== null, await store.stat(orphan!)], [true, true, null]);
  } },
];

function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function cut(bytes: Buffer): Readable {
  return Readable.from((function* () { yield* chunks(bytes); throw new Error('socket hang up'); })());
}

async function refuses(code: string, work: Promise<unknown>): Promise<void> {
  const outcome = await work.then(() => 'no refusal', (error: unknown) => (error instanceof PlatformError ? error.code : error));
  if (outcome !== code) throw new Error(`Expected ${code}, got ${String(outcome)}`, { cause: outcome });
}

function same(actual: unknown, expected: unknown): void {
  const [left, right] = [actual, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`Expected ${right}, got ${left}`);
}
