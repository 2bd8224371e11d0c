import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { must } from './command';

const SOURCE = path.resolve('scripts/verify/hdfs');
const CACHE = path.resolve('.cache/verify/hdfs');

export interface StorageProcess {
  env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Hadoop's own MiniDFSCluster from Maven: a real namenode and datanode in one process. Needs mvn and a JDK. */
export async function startHdfs(): Promise<StorageProcess> {
  await mkdir(CACHE, { recursive: true });
  await must('mvn', ['-q', '-B', '-f', path.join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${CACHE}`]);
  await must('javac', ['-cp', `${CACHE}/*`, '-d', CACHE, path.join(SOURCE, 'MiniHdfs.java')]);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-hdfs-'));
  const child = spawn('java', ['-cp', `${CACHE}:${CACHE}/*`, 'MiniHdfs', folder], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exit = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const url = /^ready (\S+)$/.exec(line)?.[1];
    if (url) return { env: { ARTIFACT_STORE: 'hdfs', HDFS_URL: url, HDFS_USER: os.userInfo().username }, stop };
  }
  await stop();
  throw new Error('MiniDFSCluster ended before it was ready.');

  async function stop(): Promise<void> {
    child.stdin.end();
    await exit;
    await rm(folder, { recursive: true, force: true });
  }
}
