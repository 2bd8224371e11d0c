import type { Database } from '../../../platform/database/database';
import { messageOf } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { AuditLog } from '../../identity';
import type { ArtifactStore } from '../artifacts/artifact-store';
import { CARD_MAX_BYTES, CARD_PATH, readCard } from '../version/model-card';
import { writeStory, type VersionStory } from '../version/version.teller';
import { insertVersion } from '../version/version.store';
import { CommitFiles } from './commit.files';
import { findUncommitted, setCommit, type UncommittedVersion } from './commit.store';
import { GitFailure } from './git-process';
import { deletePush, findOpenPushes, lockOpenPush, markPush, type Push } from './push/push.store';
import type { Repositories } from './repositories';
import { MAIN, type Repository } from './repository';
import { commitVersion, publishVersion, versionTag } from './version.commit';

export interface CommitterParts {
  database: Database;
  audit: AuditLog;
  repositories: Repositories;
  artifacts: ArtifactStore;
  log: Log;
}

/** How often another process, or a push, may move `main` in between. */
const ATTEMPTS = 5;

/**
 * Makes versions of pushes and commits of versions, until neither is left. Rows are the queue, so whoever comes next finishes what a crash
 * left between Git and Postgres; the version's tag tells whether its commit was published.
 */
export class VersionCommitter {
  readonly #turns = new Map<string, Promise<void>>();

  readonly #files: CommitFiles;

  constructor(private readonly parts: CommitterParts) {
    this.#files = new CommitFiles(parts.database, parts.artifacts);
  }

  /** One after the other for each model: processes keep apart by ref transactions, which within one would only fail for nothing. */
  settle(modelId: string): Promise<void> {
    const before = this.#turns.get(modelId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#settle(modelId));
    this.#turns.set(modelId, turn);
    const forget = () => { if (this.#turns.get(modelId) === turn) this.#turns.delete(modelId); };
    turn.then(forget, forget);
    return turn;
  }

  /** For whoever does not need the commit now. */
  async trySettle(modelId: string): Promise<void> {
    await this.settle(modelId).catch((error: unknown) => this.parts.log.warn({ modelId, reason: messageOf(error) }, 'versions wait for their commits'));
  }

  async #settle(modelId: string): Promise<void> {
    const { database, repositories } = this.parts;
    const repository = await repositories.open(modelId);
    for (const push of await findOpenPushes(database, modelId)) await this.#finish(repository, push);
    for (const version of await findUncommitted(database, modelId)) await this.#commit(repository, version);
  }

  /** A push whose refs have not moved is still under way, or was given up. */
  async #finish(repository: Repository, push: Push): Promise<void> {
    const { database, audit } = this.parts;
    const main = await repository.commitOf(MAIN);
    const isThere = main !== null && await repository.commitOf(push.commit) !== null && await repository.isAncestor(push.commit, main);
    if (!isThere) return push.isOld ? deletePush(database, push.id) : undefined;
    const card = await cardOf(repository, push.commit);
    await database.transaction(async (manager) => {
      if (!await lockOpenPush(manager, push.id)) return;
      const { modelId, namespace, createdById, digest, sizeBytes, path, files, commit, requestId } = push;
      const version = await insertVersion(manager, { modelId, namespace, createdById, digest, sizeBytes, files: { path, beside: files } });
      if (!version) { await manager.query('delete from repository_push where id = $1', [push.id]); return; }
      await writeStory(manager, version.id, card);
      await markPush(manager, push.id, version.id);
      await audit.record(manager, {
        scope: { requestId, caller: { principalId: createdById } }, namespace, action: 'push', subjectType: 'ModelVersion', subjectId: version.id,
        details: { number: version.number, digest, sizeBytes, commit },
      });
    });
  }

  async #commit(repository: Repository, version: UncommittedVersion): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await setCommit(this.parts.database, version, await this.#published(repository, version));
      } catch (error) {
        if (!(error instanceof GitFailure) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #published(repository: Repository, version: UncommittedVersion): Promise<string> {
    const { number, pushedCommit, isLate } = version;
    const tagged = await repository.commitOf(versionTag(number));
    if (tagged !== null) return tagged;
    const from = await repository.commitOf(MAIN);
    const commit = pushedCommit ?? await commitVersion(repository, { ...version, ...await this.#files.changes(repository, version, from) }, from);
    // A later version is on `main` already: this one must not take its place.
    await publishVersion(repository, { number, commit, main: pushedCommit === null && !isLate ? { from } : null });
    return commit;
  }
}

/** Of a pushed commit; a card that is large, or an LFS object, is not read. */
async function cardOf(repository: Repository, commit: string): Promise<VersionStory> {
  const entry = (await repository.files(commit)).find(({ path }) => path === CARD_PATH);
  const sizeBytes = entry ? Number((await repository.run(['cat-file', '-s', entry.blob])).toString()) : Infinity;
  return entry && sizeBytes <= CARD_MAX_BYTES ? readCard((await repository.readBlob(entry.blob)).toString()) : {};
}
