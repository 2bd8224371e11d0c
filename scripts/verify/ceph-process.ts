import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { until } from '../../bench/support/deploy';
import { ended } from '../../bench/support/platform-process';
import { freePort } from '../../platform/process/free-port';
import { install, must, run } from './command';
import type { StorageProcess } from './hdfs-process';

const ACCESS = { accessKeyId: 'modelgraph', secretAccessKey: 'modelgraph-secret' };
const BUCKET = 'models';

export interface CephProcess extends StorageProcess {
  /** The most that the bucket's owner may keep, in bytes; null: as much as there is room for. */
  setQuota(maxBytes: number | null): Promise<void>;
}

/** Ceph's S3 server over one monitor and one OSD in memory, all on loopback; Debian's packages are installed when they are missing. */
export async function startCeph(): Promise<CephProcess> {
  await install('radosgw', ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-ceph-'));
  const [monitorPort, port, fsid] = [await freePort(), await freePort(), randomUUID()];
  const conf = path.join(folder, 'ceph.conf');
  await writeFile(conf, confOf({ folder, monitorPort, port, fsid }));
  for (const name of ['mon', 'osd', 'rgw']) await mkdir(path.join(folder, name));
  const children: ChildProcess[] = [];
  const serve = (program: string, args: string[]) => {
    const log = openSync(path.join(folder, `${program}.out`), 'a');
    children.push(spawn(program, ['-c', conf, ...args, '--foreground'], { stdio: ['ignore', log, log] }));
  };
  const stop = async () => {
    for (const child of children.reverse()) await ended(child, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  const administer = (...args: string[]) => must('radosgw-admin', ['-c', conf, ...args]);
  const setQuota = async (maxBytes: number | null) => {
    const scope = ['--quota-scope=user', '--uid=modelgraph'];
    await administer('quota', 'set', ...scope, `--max-size=${maxBytes ?? -1}`);
    await administer('quota', maxBytes === null ? 'disable' : 'enable', ...scope);
  };
  const env = {
    ARTIFACT_STORE: 's3', S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: ACCESS.accessKeyId, S3_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
  };
  try {
    await startCluster({ conf, folder, monitorPort, fsid, serve });
    await administer('user', 'create', '--uid=modelgraph', '--display-name=modelgraph', `--access-key=${ACCESS.accessKeyId}`, `--secret-key=${ACCESS.secretAccessKey}`);
    serve('radosgw', ['-n', 'client.rgw']);
    await makeBucket(env.S3_ENDPOINT);
    return { env, stop, setQuota };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Cluster {
  conf: string;
  folder: string;
  monitorPort: number;
  fsid: string;
  serve(program: string, args: string[]): void;
}

async function startCluster({ conf, folder, monitorPort, fsid, serve }: Cluster): Promise<void> {
  const [keyring, map, osd] = [path.join(folder, 'keyring'), path.join(folder, 'monmap'), randomUUID()];
  await must('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
  await must('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, map]);
  await must('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring]);
  serve('ceph-mon', ['-i', 'a']);
  const ask = (...args: string[]) => run('timeout', ['10', 'ceph', '-c', conf, ...args]);
  await until('the monitor answers', async () => (await ask('osd', 'new', osd)).status === 0);
  await must('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd]);
  serve('ceph-osd', ['-i', '0']);
  await until('the OSD is up', async () => (await ask('osd', 'stat')).output.includes('1 up'));
}

async function makeBucket(endpoint: string): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: ACCESS, requestChecksumCalculation: 'WHEN_REQUIRED' });
  await until('the bucket is made', () => client.send(new CreateBucketCommand({ Bucket: BUCKET })).then(() => true, () => false));
  client.destroy();
}

/** No authentication inside the cluster: it lives on loopback for a minute. One copy of everything, in memory. */
function confOf({ folder, monitorPort, port, fsid }: { folder: string; monitorPort: number; port: number; fsid: string }): string {
  return `[global]
fsid = ${fsid}
mon host = [v1:127.0.0.1:${monitorPort}]
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
mon allow pool size one = true
mon data avail crit = 1
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}
log file = ${folder}/$name.log
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${folder}/rgw
rgw user quota bucket sync interval = 1
rgw bucket quota ttl = 0
`;
}
