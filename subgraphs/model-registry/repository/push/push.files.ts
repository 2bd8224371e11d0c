import { PassThrough } from 'node:stream';
import type { Database } from '../../../../platform/database/database';
import type { ArtifactStore, StoredArtifact } from '../../artifacts/artifact-store';
import { isDocument, VERSION_FILES_MAX } from '../../version/file-path';
import type { NewFile } from '../../version/version-file.store';
import { ended, endGit, GitFailure, spawnGit } from '../git-process';
import { addObject, type RepositoryKey } from '../lfs/object.store';
import { modelFileOf, NO_COMMIT, type Repository, type TreeEntry } from '../repository';
import { describeBlobs, type BlobFacts } from './push.changes';
import { refused } from './push.commands';

export interface PushFilesParts {
  database: Database;
  artifacts: ArtifactStore;
  maxBytes: number;
}

/** What a push makes a version of. */
export interface PushedFiles {
  model: NewFile;
  beside: NewFile[];
}

/** Reads the files of a pushed commit as those of a version: each of them an artifact, also what small files lie in Git itself. */
export class PushFiles {
  constructor(private readonly parts: PushFilesParts) {}

  /** Null when the commit holds no model, or all that `from` has but its documents. @throws BAD_USER_INPUT */
  async read(repository: Repository, key: RepositoryKey, { from, to }: { from: string; to: string }): Promise<PushedFiles | null> {
    const before = from === NO_COMMIT ? [] : await repository.files(from);
    const after = (await repository.files(to)).filter(({ path }) => !isHidden(path));
    const model = modelFileOf(after);
    if (!model || partsOf(before) === partsOf(after)) return null;
    if (after.length > VERSION_FILES_MAX) throw refused(`a version holds at most ${VERSION_FILES_MAX} files, main has ${after.length}`);
    const files = await this.#artifacts(repository, key, after);
    return { model: files.find(({ path }) => path === model.path)!, beside: files.filter(({ path }) => path !== model.path) };
  }

  /** Empty files are left out: there are no bytes to keep. */
  async #artifacts(repository: Repository, key: RepositoryKey, entries: readonly TreeEntry[]): Promise<NewFile[]> {
    const artifacts = await this.#known(key, entries);
    const facts = await describeBlobs(repository, [...new Set(entries.map(({ blob }) => blob))].filter((blob) => !artifacts.has(blob)));
    for (const [blob, { pointer, sizeBytes }] of facts) {
      if (sizeBytes > 0) artifacts.set(blob, pointer ?? await this.#store(repository, key, { blob, sizeBytes }));
    }
    return entries.filter(({ blob }) => artifacts.has(blob)).map(({ path, blob }) => ({ path, blob, ...artifacts.get(blob)! }));
  }

  /** Of an earlier version of the model. */
  async #known({ modelId }: RepositoryKey, entries: readonly TreeEntry[]): Promise<Map<string, StoredArtifact>> {
    const rows = await this.parts.database.query<StoredArtifact & { blob: string }>({
      name: 'registry-known-blobs',
      text: `select distinct f.blob, f.digest, f.size_bytes::float8 as "sizeBytes" from version_file f join model_version v on v.id = f.version_id
             where v.model_id = $1 and f.blob = any($2)`,
      values: [modelId, entries.map(({ blob }) => blob)],
    });
    return new Map(rows.map(({ blob, digest, sizeBytes }) => [blob, { digest, sizeBytes }]));
  }

  async #store(repository: Repository, key: RepositoryKey, { blob, sizeBytes }: { blob: string } & Pick<BlobFacts, 'sizeBytes'>): Promise<StoredArtifact> {
    const { artifacts, database, maxBytes } = this.parts;
    const child = spawnGit(['cat-file', 'blob', blob], { dir: repository.dir, environment: repository.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    // At once: Node drops what a process leaves unread at its end.
    const bytes = child.stdout!.pipe(new PassThrough());
    try {
      const [artifact, status] = await Promise.all([artifacts.write(bytes, { maxBytes, sizeBytes, digest: null }), ended(child)]);
      if (status !== 0) throw new GitFailure('cat-file', status, '');
      await database.transaction((manager) => addObject(manager, key, artifact));
      return artifact;
    } finally {
      endGit(child);
    }
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.'));
}

function partsOf(entries: readonly TreeEntry[]): string {
  return entries.filter(({ path }) => !isDocument(path)).map(({ path, blob }) => `${blob} ${path}`).sort().join('\n');
}
