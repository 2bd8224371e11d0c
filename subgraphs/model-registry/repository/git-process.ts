import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { childPath } from '../../../platform/env';
import { PlatformError } from '../../../platform/errors';

export interface GitOptions {
  /** The bare repository. */
  dir: string;
  input?: string | Buffer;
  /** Settings for this call alone, over ours. */
  config?: Readonly<Record<string, string>>;
  environment?: Readonly<Record<string, string>>;
}

/** A Git process that talks with a client. */
export interface RunningGit {
  child: ChildProcess;
  /** The client has gone: ends it, without anything left of it. */
  abandon(): void;
}

/** How a Git process of ours ended otherwise than well. */
export class GitFailure extends Error {
  constructor(readonly command: string, readonly status: number | null, readonly stderr: string) {
    super(`git ${command} ended with ${status ?? 'a signal'}: ${stderr.slice(0, 2_000)}`);
    this.name = 'GitFailure';
  }
}

/** Git would have written more than anything of an honest repository is long: a few trees can name each other to more files than there are atoms. */
export class GitFlood extends Error {
  constructor(readonly command: string) {
    super(`git ${command} wrote more than ${OUTPUT_MAX_BYTES} bytes`);
    this.name = 'GitFlood';
  }
}

const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** What holds for every Git process: nothing of the server's user or system, no helper programs, no background work. */
const CONFIG: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null', 'core.fsmonitor': 'false', 'core.alternateRefsCommand': 'true', 'core.logAllRefUpdates': 'false', 'core.fsync': 'all',
  'gc.auto': '0', 'maintenance.auto': 'false', 'protocol.allow': 'never', 'init.defaultBranch': 'main', 'user.name': 'modelgraph',
  'user.email': 'noreply@modelgraph', 'i18n.commitEncoding': 'UTF-8', 'core.quotePath': 'false', 'pack.threads': '1', 'log.showRoot': 'true',
  'transfer.fsckObjects': 'true', 'core.bigFileThreshold': '1m',
};

/** Runs Git to its end and answers what it wrote. @throws GitFailure when it ends with another status than 0; GitFlood; UNAVAILABLE when there is no Git */
export async function git(args: readonly string[], { input = '', ...options }: GitOptions): Promise<Buffer> {
  const child = spawnGit(args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin!.on('error', ignore).end(input);
  const [output, errors, status] = await Promise.all([bounded(child), buffer(child.stderr!), ended(child)]);
  if (output === null) throw new GitFlood(args[0]!);
  if (status !== 0) throw new GitFailure(args[0]!, status, errors.toString());
  return output;
}

/** Starts Git as the leader of a process group of its own. */
export function spawnGit(args: readonly string[], { dir, config = {}, environment = {}, stdio }: Omit<GitOptions, 'input'> & { stdio: StdioOptions }): ChildProcess {
  return spawn('git', args, { cwd: dir, env: { ...cleanEnvironment(dir), ...configEnvironment({ ...CONFIG, ...config }), ...environment }, stdio, detached: true });
}

/** Status of the end, null after a signal. @throws UNAVAILABLE when there is no Git */
export async function ended(child: ChildProcess): Promise<number | null> {
  try {
    const [status] = await once(child, 'exit') as [number | null];
    return status;
  } catch (error) {
    throw new PlatformError('UNAVAILABLE', 'The registry could not start git; repositories cannot be reached.', {}, { cause: error });
  }
}

/** Ends a Git that only reads, with all that it has started. */
export function endGit(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has ended by itself just now.
  }
}

/** Null when it was too much, and Git was ended for it. */
async function bounded(child: ChildProcess): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of child.stdout as Readable & AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= OUTPUT_MAX_BYTES) chunks.push(chunk);
    else endGit(child);
  }
  return sizeBytes <= OUTPUT_MAX_BYTES ? Buffer.concat(chunks) : null;
}

function cleanEnvironment(dir: string): Record<string, string> {
  return {
    PATH: childPath(), LC_ALL: 'C', HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_DIR: dir, GIT_NO_REPLACE_OBJECTS: '1', GIT_LITERAL_PATHSPECS: '1',
  };
}

function configEnvironment(config: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(config).flatMap(([name, value], at) => [[`GIT_CONFIG_KEY_${at}`, name], [`GIT_CONFIG_VALUE_${at}`, value]]);
  return { GIT_CONFIG_COUNT: String(Object.keys(config).length), ...Object.fromEntries(pairs) as Record<string, string> };
}

function ignore(): void {
  // Git went before it had read everything: its status tells why.
}
