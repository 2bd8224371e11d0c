import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { childEntry } from '../../platform/process/child-entry';
import { childEnvironment } from '../../platform/env';
import { messageOf } from '../../platform/errors';

export interface PlatformProcess {
  url: string;
  pid: number;
  dataDir: string;
  /** Milliseconds from spawn to the ready line. */
  readyMs: number;
  /** What it logs, warnings and errors. */
  logFile: string;
  /** How it ended, once it has: status or signal. */
  exited: Promise<number | NodeJS.Signals>;
  /** Sends a message to a program with a channel, and resolves with its answer. */
  ask<Answer>(message: string): Promise<Answer>;
  /** SIGTERM; resolves once it has ended. The log and a folder of its own are removed unless `keep` is set. */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface PlatformOptions {
  env?: Readonly<Record<string, string>>;
  /** Kept by the caller when given, otherwise a new folder that `stop` removes. */
  dataDir?: string;
  /** In a process group of its own, as a shell starts what is in the foreground: a negative pid then means all of it, workers included. */
  ownGroup?: boolean;
  /** Another program that prints the ready line; by default `main`. */
  program?: string;
  /** Whether it answers questions of its parent. */
  hasChannel?: boolean;
}

/**
 * Starts `npm start`'s program on a free port; rejects with what it said when it ends before it is ready. Its log goes to a file beside its data, so that what a fault did can be read.
 */
export async function startPlatform({ env = {}, dataDir, ownGroup = false, program = 'main', hasChannel = false }: PlatformOptions = {}): Promise<PlatformProcess> {
  const dir = dataDir ?? (await temporaryDir('modelgraph-bench-'));
  const startedAt = performance.now();
  const { file, execArgv } = childEntry(program);
  const logFile = `${dir}.log`;
  const log = fs.openSync(logFile, 'a');
  const child = spawn(process.execPath, [...execArgv, file], {
    env: childEnvironment({ PORT: '0', DATA_DIR: dir, LOG_LEVEL: 'warn', ...env }),
    stdio: ['ignore', 'pipe', log, ...(hasChannel ? ['ipc' as const] : [])], detached: ownGroup,
  });
  fs.closeSync(log);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (status, signal) => resolve(signal ?? status!));
  });
  const stop = async ({ keep = false }: { keep?: boolean } = {}) => {
    await ended(child, 'SIGTERM');
    if (keep) return;
    await rm(logFile, { force: true });
    if (dataDir === undefined) await rm(dir, { recursive: true, force: true });
  };
  const ask = <Answer>(message: string) => new Promise<Answer>((resolve) => {
    child.once('message', (answer) => resolve(answer as Answer)).send(message);
  });
  try {
    const url = await readyUrl(child);
    return { ask, url, pid: child.pid!, dataDir: dir, readyMs: performance.now() - startedAt, logFile, exited, stop };
  } catch (error) {
    const said = fs.readFileSync(logFile, 'utf8');
    await stop();
    throw new Error(`${messageOf(error)}\n${said}`, { cause: error });
  }
}

/** Reachable for the user that the embedded Postgres drops to. */
export async function temporaryDir(prefix: string): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), prefix));
}

export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const match = /^ready (\S+)$/m.exec(printed);
      if (match) resolve(match[1]!);
    });
    child.once('exit', (code, signal) => reject(new Error(`The platform ended (${code ?? signal}) before it was ready.`)));
  });
}
