import { mkdir, mkdtemp, open, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCeph } from '../../scripts/verify/ceph-process';
import { must, run } from '../../scripts/verify/command';
import { spoilObject } from '../../scripts/verify/spoilt-object';
import { openArtifactStore } from '../../subgraphs/model-registry';
import { readEnvironment } from '../../platform/env';
import { FaultyLink } from './faulty-link';
import { LINK_FAULTS } from './link-faults';
import { breakingWay, slowWay } from './link-ways';

/** Begins a fault and resolves with what ends it. */
export type StoreFault = () => Promise<() => Promise<void>>;

/** A store of a platform, with all the ways in which it can fail. */
export interface FaultyStore {
  name: string;
  env: Readonly<Record<string, string>>;
  /** Of the platform. */
  dataDir: string;
  faults: Readonly<Record<string, StoreFault>>;
  /** Changes one byte of an object behind everyone's back. */
  spoil(digest: string): Promise<void>;
  /** The size of an object as the store itself has it, past every fault; null when readers cannot see it. */
  sizeOf(digest: string): Promise<number | null>;
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;
const DISK_MIB = 160;
const SLOW_BYTES_PER_SECOND = 8 * MIB;
const BREAKS_AFTER_BYTES = 5 * MIB;
/** A bucket that says nothing for so long is away. */
const TIMEOUT_MS = 1_500;

/** A folder; on a small disk of its own (tmpfs) where this process may mount one, so that it can be full. */
export async function faultyFolder(): Promise<FaultyStore> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-faulty-folder-'));
  const [disk, artifacts] = [path.join(dataDir, 'disk'), path.join(dataDir, 'artifacts')];
  await mkdir(disk);
  const isMounted = (await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk])).status === 0;
  await symlink(disk, artifacts);
  const object = (digest: string) => path.join(disk, 'objects', digest.slice(0, 2), digest.slice(2, 4), digest);
  return {
    name: 'folder', dataDir, env: { ARTIFACT_STORE: 'file' },
    faults: { 'is away': away(artifacts), ...(isMounted && { 'is full': full(disk), 'fills up midway': fillsUp(disk), 'is read-only': readOnly(disk) }) },
    async spoil(digest) {
      const file = await open(object(digest), 'r+');
      await file.write(Buffer.from([0xa5]), 0, 1, 1_000).finally(() => file.close());
    },
    sizeOf: (digest) => stat(object(digest)).then(({ size }) => size, () => null),
    async stop() {
      if (isMounted) await must('umount', [disk]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A bucket of a real server, behind a line that fails; and full, which is the server's own doing. */
export async function faultyBucket(): Promise<FaultyStore> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-faulty-bucket-'));
  const ceph = await startCeph();
  const link = await FaultyLink.before(ceph.env['S3_ENDPOINT']!);
  const direct = openArtifactStore(readEnvironment({ ...ceph.env, DATA_DIR: dataDir }));
  const broken = Object.fromEntries(Object.entries(LINK_FAULTS).filter(([name]) => name !== 'drips').map(([name, fault]) => [name, async () => {
    link.set(fault);
    return async () => link.set(null);
  }]));
  const led = (through: Parameters<FaultyLink['lead']>[0]) => async () => { link.lead(through); return async () => link.lead(null); };
  return {
    name: 'bucket', dataDir,
    env: { ...ceph.env, S3_ENDPOINT: link.url.replace(/\/$/, ''), STORE_TIMEOUT_MS: String(TIMEOUT_MS) },
    faults: {
      ...broken, 'is slow': led(() => slowWay(SLOW_BYTES_PER_SECOND)), 'breaks off midway': led(() => breakingWay(BREAKS_AFTER_BYTES)),
      'is full': async () => { await ceph.setQuota(1); return () => ceph.setQuota(null); },
    },
    spoil: (digest) => spoilObject(ceph.env, digest),
    sizeOf: async (digest) => (await direct.stat(digest))?.sizeBytes ?? null,
    async stop() {
      await link.close();
      await ceph.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Whatever was mounted there is gone, and what is there is none. */
function away(artifacts: string): StoreFault {
  return async () => {
    await rename(artifacts, `${artifacts}.away`);
    await writeFile(artifacts, 'not a folder');
    return async () => { await rename(`${artifacts}.away`, artifacts); };
  };
}

function full(disk: string): StoreFault {
  return () => fill(disk, 0);
}

function fillsUp(disk: string): StoreFault {
  return () => fill(disk, 12);
}

/** Writes until there is no room but for so many MiB. */
async function fill(disk: string, leaveMib: number): Promise<() => Promise<void>> {
  const filler = path.join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(DISK_MIB * MIB)).catch(() => undefined);
  const file = await open(filler, 'r+');
  await file.truncate((await file.stat()).size - leaveMib * MIB).finally(() => file.close());
  return () => rm(filler);
}

function readOnly(disk: string): StoreFault {
  return async () => {
    await must('mount', ['-o', 'remount,ro', disk]);
    return async () => { await must('mount', ['-o', 'remount,rw', disk]); };
  };
}
