import { spawn, type ChildProcess } from 'node:child_process';

export interface ReadyProcess {
  pid: number;
  /** What it told behind `ready `. */
  ready: string;
  stop(): Promise<void>;
}

/** Starts a Node program and waits for its line `ready …`. */
export async function startReady(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<ReadyProcess> {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  const ready = await readyLine(child);
  return { pid: child.pid!, ready, stop: async () => { child.kill('SIGTERM'); await gone; } };
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
