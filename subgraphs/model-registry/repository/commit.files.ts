import { isUtf8 } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import type { Database } from '../../../platform/database/database';
import type { ArtifactStore } from '../artifacts/artifact-store';
import { isDocument } from '../version/file-path';
import type { FileFacts } from '../version/version-file';
import { findCommitFiles } from './commit.store';
import type { Repository } from './repository';
import type { CommitChanges, CommitFile } from './version.commit';

/** Text up to here is kept by Git itself, where it can be read and compared. */
const TEXT_MAX_BYTES = 1024 * 1024;

/** Tells what a version that came without Git changes of `main`. */
export class CommitFiles {
  constructor(private readonly database: Database, private readonly artifacts: Pick<ArtifactStore, 'read'>) {}

  /**
   * What the version has as the one before it had stays as `main` has it by now: a README may have been changed there since. Documents stay until the
   * version brings its own.
   */
  async changes(repository: Repository, version: { modelId: string; number: number }, parent: string | null): Promise<CommitChanges> {
    const { now, before } = await findCommitFiles(this.database, version);
    const onMain = new Set(parent === null ? [] : (await repository.files(parent)).map(({ path }) => path));
    const kept = new Set(before.map(keyOf));
    const changed = now.filter((file) => !(onMain.has(file.path) && kept.has(keyOf(file))));
    const paths = new Set(now.map(({ path }) => path));
    const files: CommitFile[] = [];
    for (const file of changed) files.push({ ...file, text: await this.#textOf(file) });
    return { files, removed: before.map(({ path }) => path).filter((path) => !paths.has(path) && onMain.has(path) && !isDocument(path)) };
  }

  /** Null of what is too large or no text. */
  async #textOf({ path, digest, sizeBytes }: FileFacts): Promise<Buffer | null> {
    if (sizeBytes > TEXT_MAX_BYTES || path.endsWith('.onnx')) return null;
    const bytes = await buffer(await this.artifacts.read(digest));
    return isUtf8(bytes) && !bytes.includes(0) ? bytes : null;
  }
}

function keyOf({ path, digest }: FileFacts): string {
  return `${digest} ${path}`;
}
