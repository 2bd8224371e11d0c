import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '../errors';
import { postgresEnvironment } from './cluster';
import type { ProcessUser } from './dropped-user';
import { readPostmaster } from './postmaster-file';

const LOG_MAX_BYTES = 16 * 1024 * 1024;
const START_TIMEOUT_MS = 60_000;

export interface ServerCommand {
  program: string;
  arguments: string[];
  /** The cluster's directory. */
  dir: string;
  user: ProcessUser | null;
  logFile: string;
}

export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions roll back, committed work is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts the server and waits until it takes connections. `detached`, since Ctrl-C in a terminal goes to the whole foreground group and
 * Postgres must outlive those that use it.
 * @throws POSTGRES_FAILED when it ends before it is ready
 */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const output = openLog(command.logFile);
  const child = spawn(command.program, command.arguments, {
    ...command.user, cwd: path.dirname(command.dir), env: postgresEnvironment(), detached: true, stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await untilReady(child, exited, command);
  const pid = child.pid!;
  const disarm = armDeadManSwitch(pid, command.user);
  void exited.then(disarm);
  child.unref();
  return { pid, exited, stop: () => stop(child, exited) };
}

async function untilReady(child: ChildProcess, exited: Promise<void>, command: ServerCommand): Promise<void> {
  let hasExited = false;
  void exited.then(() => { hasExited = true; });
  const startedAt = Date.now();
  for (;;) {
    const postmaster = readPostmaster(command.dir);
    if (postmaster && postmaster.pid === child.pid && postmaster.isReady) return;
    if (hasExited || Date.now() - startedAt > START_TIMEOUT_MS) {
      child.kill('SIGQUIT');
      throw new PlatformError(
        'POSTGRES_FAILED', `The embedded Postgres did not start: read the end of ${command.logFile}.`, { logFile: command.logFile },
      );
    }
    await delay(10);
  }
}

/**
 * Ends Postgres when this process goes, even by kill -9: the pipe to a tiny shell closes with us. The shell runs as the dropped user, so it
 * could signal nothing but that user's processes, and it is ended as soon as Postgres is, before its pid can be used again.
 */
function armDeadManSwitch(pid: number, user: ProcessUser | null): () => void {
  const shell = spawn('/bin/sh', ['-c', `read _; kill -INT ${pid}`], {
    ...user, cwd: '/', env: {}, detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => { shell.kill('SIGKILL'); };
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  child.kill('SIGINT');
  const impatience = setTimeout(() => child.kill('SIGQUIT'), 8_000);
  await exited;
  clearTimeout(impatience);
}

function openLog(file: string): number {
  if (fs.existsSync(file) && fs.statSync(file).size > LOG_MAX_BYTES) fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a');
}
