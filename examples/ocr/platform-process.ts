import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface RunningPlatform {
  url: string;
  /** Ends what was started; a platform that ran before is left alone. */
  stop(): Promise<void>;
}

/** The platform at `url` when one answers there, otherwise one of our own on a free port with data of its own that goes with it. */
export async function findOrStartPlatform(url: string): Promise<RunningPlatform> {
  const isUp = await fetch(`${url}/readyz`).then((response) => response.ok, () => false);
  return isUp ? { url, stop: async () => {} } : startPlatform();
}

/** The environment of the demo with a port and data of its own; `exec`, so that the child's id and signals are the platform's. */
const START = 'PORT=0 DATA_DIR="$1" LOG_LEVEL="${LOG_LEVEL:-warn}" exec "$2" "$3"';

async function startPlatform(): Promise<RunningPlatform> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-demo-'));
  const program = path.resolve(__dirname, '../../main.js');
  const child = spawn('sh', ['-c', START, 'sh', dataDir, process.execPath, program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    await ended(child);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    return { url: await readyUrl(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const match = /^ready (\S+)$/m.exec(printed);
      if (match) resolve(match[1]!);
    });
    child.once('exit', (code) => reject(new Error(`The platform ended with status ${code} before it was ready.`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}
