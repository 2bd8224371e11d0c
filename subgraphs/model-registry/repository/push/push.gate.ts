import { PassThrough } from 'node:stream';
import type { RequestScope } from '../../../../platform/caller';
import type { Database } from '../../../../platform/database/database';
import type { Model } from '../../model/model';
import type { ArtifactStore, StoredArtifact } from '../../artifacts/artifact-store';
import { addObject, keepObjects, objectsOf } from '../lfs/object.store';
import { POINTER_MAX_BYTES, readPointer, type LfsPointer } from '../lfs/lfs-pointer';
import { ended, endGit, GitFailure, spawnGit } from '../git-process';
import { MAIN, modelFileOf, NO_COMMIT, type Repository } from '../repository';
import { readPointers } from './push.changes';
import { readCommands, refused, type RefCommand } from './push.commands';
import { insertPush } from './push.store';

export interface GateParts {
  database: Database;
  artifacts: ArtifactStore;
  maxBytes: number;
}

/** A push that is still in quarantine. */
export interface QuarantinedPush {
  repository: Repository;
  model: Model;
  scope: RequestScope;
  /** The hook's lines: `from to ref`. */
  lines: readonly string[];
}

/** Decides whether the refs of a push may move, and writes down what shall come of it. */
export class PushGate {
  constructor(private readonly parts: GateParts) {}

  /** @throws BAD_USER_INPUT with the reason, of which nothing is kept */
  async pass(push: QuarantinedPush): Promise<void> {
    const { repository, model, lines } = push;
    const commands = readCommands(lines);
    const pointers = await readPointers(repository, commands);
    await this.#checkPointers(model, pointers);
    const main = commands.find(({ ref }) => ref === MAIN);
    const artifact = main ? await this.#newModel(push, main) : null;
    await this.#note(push, { pointers, main: main ?? null, artifact });
  }

  async #checkPointers({ id }: Model, pointers: readonly LfsPointer[]): Promise<void> {
    const sizes = await objectsOf(this.parts.database, id, pointers.map(({ digest }) => digest));
    const missing = pointers.find(({ digest, sizeBytes }) => sizes.get(digest) !== sizeBytes);
    if (missing) throw refused(`the LFS object ${missing.digest} of ${missing.sizeBytes} bytes was not uploaded to this repository; "git lfs push" does it`);
  }

  /** The model of the new tip, stored; null when it is that of the old tip, or there is none. */
  async #newModel({ repository, model }: QuarantinedPush, { from, to }: RefCommand): Promise<StoredArtifact | null> {
    const before = from === NO_COMMIT ? null : modelFileOf(await repository.files(from));
    const file = modelFileOf(await repository.files(to));
    if (!file || file.blob === before?.blob) return null;
    const sizeBytes = Number((await repository.run(['cat-file', '-s', file.blob])).toString());
    const pointer = sizeBytes <= POINTER_MAX_BYTES ? readPointer(await repository.readBlob(file.blob)) : null;
    return pointer ?? this.#store(repository, model, { blob: file.blob, sizeBytes });
  }

  /** A small model may lie in Git itself. */
  async #store(repository: Repository, { id: modelId, namespaceName: namespace }: Model, { blob, sizeBytes }: { blob: string; sizeBytes: number }): Promise<StoredArtifact> {
    const { artifacts, database, maxBytes } = this.parts;
    const child = spawnGit(['cat-file', 'blob', blob], { dir: repository.dir, environment: repository.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    // At once: Node drops what a process leaves unread at its end.
    const bytes = child.stdout!.pipe(new PassThrough());
    try {
      const [artifact, status] = await Promise.all([artifacts.write(bytes, { maxBytes, sizeBytes, digest: null }), ended(child)]);
      if (status !== 0) throw new GitFailure('cat-file', status, '');
      await database.transaction((manager) => addObject(manager, { modelId, namespace }, artifact));
      return artifact;
    } finally {
      endGit(child);
    }
  }

  async #note(
    { model, scope }: QuarantinedPush, { pointers, main, artifact }: { pointers: LfsPointer[]; main: RefCommand | null; artifact: StoredArtifact | null },
  ): Promise<void> {
    const digests = [...new Set([...pointers, ...artifact ? [artifact] : []].map(({ digest }) => digest))];
    await this.parts.database.transaction(async (manager) => {
      if (await keepObjects(manager, model.id, digests) < digests.length) throw refused('one of its LFS objects lay unused for a day and was removed; push again');
      if (main && artifact) await insertPush(manager, {
        modelId: model.id, namespace: model.namespaceName, commit: main.to, ...artifact, createdById: scope.caller.principalId, requestId: scope.requestId,
      });
    });
  }
}
