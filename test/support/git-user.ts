import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';

export function hasGitLfs(): boolean {
  try {
    execFileSync('git', ['lfs', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface GitRun {
  status: number | null;
  /** Of both streams. */
  output: string;
}

/** An unmodified Git, with Git LFS, of a user who has nothing but a home of his own. */
export class GitUser {
  readonly home = mkdtempSync(path.join(os.tmpdir(), 'modelgraph-git-'));
  readonly #environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'], HOME: this.home, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true', LC_ALL: 'C',
    GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
  };

  constructor() {
    mkdirSync(path.join(this.home, 'work'));
    execFileSync('git', ['config', '--global', 'init.defaultBranch', 'main'], { env: this.#environment });
    if (hasGitLfs()) execFileSync('git', ['lfs', 'install'], { env: this.#environment, stdio: 'ignore', cwd: this.home });
  }

  folder(name: string): string {
    return path.join(this.home, 'work', name);
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(path.dirname(this.folder(name)), { recursive: true });
    writeFileSync(this.folder(name), content);
  }

  start(folder: string, ...args: string[]): ChildProcess {
    return spawn('git', args, { cwd: this.folder(folder), env: this.#environment, detached: true });
  }

  async run(folder: string, ...args: string[]): Promise<GitRun> {
    const child = this.start(folder, ...args);
    const [output, errors, [status]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit') as Promise<[number | null]>]);
    return { status, output: output + errors };
  }

  /** Fails the test when Git fails; answers what it wrote. */
  async must(folder: string, ...args: string[]): Promise<string> {
    const { status, output } = await this.run(folder, ...args);
    if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${status}:\n${output}`);
    return output;
  }

  /** A pack of a commit with all that it needs. */
  async pack(folder: string, commit: string): Promise<Buffer> {
    const child = this.start(folder, 'pack-objects', '--revs', '--stdout', '-q');
    child.stdin!.end(`${commit}\n`);
    return buffer(child.stdout!);
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
