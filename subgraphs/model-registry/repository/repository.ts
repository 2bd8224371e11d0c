import { PlatformError } from '../../../platform/errors';
import { git, GitFailure, type GitOptions } from './git-process';

export const MAIN = 'refs/heads/main';
export const NO_COMMIT = '0'.repeat(40);

export interface TreeEntry {
  mode: string;
  /** The object id. */
  blob: string;
  path: string;
}

/** One bare repository on this machine's disk. `environment` shows the quarantine of a push that is not accepted yet. */
export class Repository {
  constructor(readonly dir: string, readonly environment: Readonly<Record<string, string>> = {}) {}

  /** The same with the objects of a push that waits for its acceptance. */
  withQuarantine(folder: string): Repository {
    return new Repository(this.dir, { GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: `${this.dir}/objects`, GIT_QUARANTINE_PATH: folder });
  }

  run(args: readonly string[], options: Partial<GitOptions> = {}): Promise<Buffer> {
    return git(args, { dir: this.dir, ...options, environment: { ...this.environment, ...options.environment } });
  }

  /** The commit of a ref, null when there is none. */
  async commitOf(ref: string): Promise<string | null> {
    const found = await this.run(['rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`]).catch(nullIfRefused);
    return found && found.toString().trim();
  }

  /** Whether `ancestor` is in the history of `commit`, or the commit itself. */
  async isAncestor(ancestor: string, commit: string): Promise<boolean> {
    return await this.run(['merge-base', '--is-ancestor', ancestor, commit]).catch(nullIfRefused) !== null;
  }

  /** All files of a commit. */
  async files(commit: string): Promise<TreeEntry[]> {
    const listed = (await this.run(['ls-tree', '-r', '-z', '--full-tree', commit])).toString();
    return listed.split('\0').filter(Boolean).map((line) => {
      const [facts, path] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
      const [mode, , blob] = facts.split(' ');
      return { mode: mode!, blob: blob!, path };
    });
  }

  readBlob(id: string): Promise<Buffer> {
    return this.run(['cat-file', 'blob', id]);
  }
}

/** 1 is Git's "no". */
export function nullIfRefused(error: unknown): null {
  if (error instanceof GitFailure && (error.status === 1 || error.status === 128)) return null;
  throw error;
}

/** The file that a version is made of: `model.onnx`, or the only file that ends in `.onnx`; null when there is none. @throws BAD_USER_INPUT */
export function modelFileOf<File extends { path: string }>(files: readonly File[]): File | null {
  const models = files.filter(({ path }) => path.endsWith('.onnx'));
  const named = models.find(({ path }) => path === 'model.onnx');
  if (named || models.length <= 1) return named ?? models[0] ?? null;
  throw new PlatformError('BAD_USER_INPUT', `It holds ${models.length} files that end in .onnx; call the one that is served model.onnx.`);
}
