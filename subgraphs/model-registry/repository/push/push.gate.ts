import type { RequestScope } from '../../../../platform/caller';
import type { Database } from '../../../../platform/database/database';
import type { Model } from '../../model/model';
import type { ArtifactStore } from '../../artifacts/artifact-store';
import { keepObjects, objectsOf } from '../lfs/object.store';
import type { LfsPointer } from '../lfs/lfs-pointer';
import { MAIN, type Repository } from '../repository';
import { readPointers } from './push.changes';
import { readCommands, refused, type RefCommand } from './push.commands';
import { PushFiles, type PushedFiles } from './push.files';
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
  readonly #files: PushFiles;

  constructor(private readonly parts: GateParts) {
    this.#files = new PushFiles(parts);
  }

  /** @throws BAD_USER_INPUT with the reason, of which nothing is kept */
  async pass(push: QuarantinedPush): Promise<void> {
    const { repository, model, lines } = push;
    const commands = readCommands(lines);
    const pointers = await readPointers(repository, commands);
    await this.#checkPointers(model, pointers);
    const main = commands.find(({ ref }) => ref === MAIN);
    const files = main ? await this.#files.read(repository, { modelId: model.id, namespace: model.namespaceName }, main) : null;
    await this.#note(push, { pointers, main: main ?? null, files });
  }

  async #checkPointers({ id }: Model, pointers: readonly LfsPointer[]): Promise<void> {
    const sizes = await objectsOf(this.parts.database, id, pointers.map(({ digest }) => digest));
    const missing = pointers.find(({ digest, sizeBytes }) => sizes.get(digest) !== sizeBytes);
    if (missing) throw refused(`the LFS object ${missing.digest} of ${missing.sizeBytes} bytes was not uploaded to this repository; "git lfs push" does it`);
  }

  async #note(
    { model, scope }: QuarantinedPush, { pointers, main, files }: { pointers: LfsPointer[]; main: RefCommand | null; files: PushedFiles | null },
  ): Promise<void> {
    const all = [...pointers, ...files ? [files.model, ...files.beside] : []];
    const digests = [...new Set(all.map(({ digest }) => digest))];
    await this.parts.database.transaction(async (manager) => {
      if (await keepObjects(manager, model.id, digests) < digests.length) throw refused('one of its LFS objects lay unused for a day and was removed; push again');
      if (!main || !files) return;
      const { path, digest, sizeBytes } = files.model;
      await insertPush(manager, {
        modelId: model.id, namespace: model.namespaceName, commit: main.to, path, digest, sizeBytes, files: files.beside, createdById: scope.caller.principalId, requestId: scope.requestId,
      });
    });
  }
}
