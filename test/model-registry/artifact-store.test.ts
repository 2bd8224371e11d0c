import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FileArtifactStore } from '../../subgraphs/model-registry';
import type { ObjectDrive } from '../../subgraphs/model-registry/artifacts/object-drive';
import { RemoteArtifactStore } from '../../subgraphs/model-registry/artifacts/remote-artifact.store';
import { storeContract } from '../support/artifact-store.contract';

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const limits = { maxBytes: 1_000_000, sizeBytes: null, digest: null };

describe('FileArtifactStore', () => {
  let root: string;
  let store: FileArtifactStore;

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'artifacts-'));
    store = new FileArtifactStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const files = async (folder: string) => (await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).map(({ name }) => name);

  it('keeps bytes under their SHA-256 and reads them back, whole and in part', async () => {
    const bytes = randomBytes(300_000);
    const artifact = await store.write(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]), { ...limits, sizeBytes: bytes.length, digest: digestOf(bytes) });
    expect(artifact).toEqual({ digest: digestOf(bytes), sizeBytes: bytes.length });
    expect(await buffer(await store.read(artifact.digest))).toEqual(bytes);
    expect(await buffer(await store.read(artifact.digest, { start: 10, end: 19 }))).toEqual(bytes.subarray(10, 20));
    expect(await store.stat(artifact.digest)).toEqual(artifact);
    expect(await files('incoming')).toEqual([]);
  });

  it('holds equal bytes once', async () => {
    const bytes = randomBytes(1_000);
    await Promise.all([1, 2, 3].map(() => store.write(Readable.from([bytes]), limits)));
    expect(await files('objects')).toEqual([digestOf(bytes)]);
  });

  it.each([
    ['more bytes than allowed', { maxBytes: 99 }, 'UPLOAD_TOO_LARGE'],
    ['another size than announced', { sizeBytes: 101 }, 'UPLOAD_INCOMPLETE'],
    ['another digest than announced', { digest: '0'.repeat(64) }, 'UPLOAD_INCOMPLETE'],
  ])('keeps nothing of %s', async (_what, overrides, code) => {
    await expect(store.write(Readable.from([randomBytes(100)]), { ...limits, ...overrides })).rejects.toMatchObject({ code });
    expect([await files('objects'), await files('incoming')]).toEqual([[], []]);
  });

  it('keeps nothing of an empty body, nor of one that breaks off', async () => {
    await expect(store.write(Readable.from([]), limits)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
    const broken = new Readable({ read() { this.push(randomBytes(100)); this.destroy(new Error('socket hang up')); } });
    await expect(store.write(broken, limits)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
    expect([await files('objects'), await files('incoming')]).toEqual([[], []]);
  });

  it('sweeps what a dead process left, not what still grows', async () => {
    await store.write(Readable.from([randomBytes(10)]), limits);
    const [dead, live] = ['dead.part', 'live.part'].map((name) => path.join(root, 'incoming', name));
    await writeFile(dead!, 'x');
    await writeFile(live!, 'x');
    await utimes(dead!, new Date(0), new Date(0));
    expect(await store.sweep(60_000)).toBe(1);
    expect(await files('incoming')).toEqual(['live.part']);
  });

  it.each(storeContract)('$title', async ({ holds }) => {
    const spoil = async (digest: string) => {
      const file = await store.localFile(digest);
      const { size } = await stat(file);
      await writeFile(file, randomBytes(size));
      await utimes(file, new Date(1), new Date(1));
    };
    await holds({ store, spoil });
  });

  it('says UNAVAILABLE when its folder takes no more files', async () => {
    await writeFile(path.join(root, 'incoming'), 'not a folder');
    await expect(store.write(Readable.from([randomBytes(10)]), limits)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('says UNAVAILABLE when it can begin a file and not end it', async () => {
    await store.write(Readable.from([randomBytes(10)]), limits);
    await rm(path.join(root, 'objects'), { recursive: true });
    await writeFile(path.join(root, 'objects'), 'not a folder');
    await expect(store.write(Readable.from([randomBytes(10)]), limits)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await files('incoming')).toEqual([]);
  });

  it('deletes an object', async () => {
    const { digest } = await store.write(Readable.from([randomBytes(10)]), limits);
    await store.delete(digest);
    expect(await store.stat(digest)).toBeNull();
  });
});

/** What only real servers show is verified against them (`npm run verify -- s3`, `-- hdfs`). */
describe('RemoteArtifactStore', () => {
  let root: string;
  const bytes = randomBytes(1_000);
  const drive = (overrides: Partial<ObjectDrive>) => new RemoteArtifactStore({
    put: async (_key: string, body: AsyncIterable<Buffer>) => { await buffer(body); }, publish: async () => undefined, remove: async () => undefined,
    stat: async (key: string) => ({ key, sizeBytes: bytes.length, modifiedAt: new Date(0) }), get: async () => Readable.from([bytes]), abandon: async () => 0, ...overrides,
  } as ObjectDrive, new FileArtifactStore(path.join(root, 'cache')));

  beforeEach(async () => { root = await mkdtemp(path.join(os.tmpdir(), 'artifacts-')); });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('fetches into a cache that is not there yet', async () => {
    const file = await drive({}).localFile(digestOf(bytes));
    expect(await readFile(file)).toEqual(bytes);
  });

  it.each([['nothing', null], ['something else', { key: 'k', sizeBytes: 12, modifiedAt: new Date(0) }]])('does not believe a success behind which there is %s', async (_what, found) => {
    const write = drive({ stat: async () => found }).write(Readable.from([bytes]), limits);
    await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
