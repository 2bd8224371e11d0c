import { spawn, type ChildProcess } from 'node:child_process';

export interface ReadyProcess {
  pid: number;
  /** What it told behind `ready `. */
  ready: string;
  stop(): Promise<void>;
}

/** Programs of others may hear SIGTERM and stay. */
const STOP_TIMEOUT_MS = 10_000;

/** Starts a Node program and waits for its line `ready …`. */
export async function startReady(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<ReadyProcess> {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  const ready = await readyLine(child);
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(late);
  };
  return { pid: child.pid!, ready, stop };
}

function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += String(chunk);
      const line = /^ready (.*)\n/m.exec(text);
      if (line) resolve(line[1]!);
    });
    child.once('exit', (status) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${status} before it was ready.`)));
  });
}
