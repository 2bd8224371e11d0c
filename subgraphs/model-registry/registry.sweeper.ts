import type { Database } from '../../platform/database/database';
import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { ArtifactStore } from './artifacts/artifact-store';
import { artifactLinks } from './artifacts/artifact-links';
import { deleteExpiredDrafts } from './draft/draft.store';
import { forgetUnpushed } from './repository/lfs/object.store';
import type { Repositories } from './repository/repositories';
import type { UploadStage } from './upload/tus/upload-stage';
import { deleteExpiredUploads } from './upload/upload.store';

const EVERY_MS = 600_000;
/** HDFS tells when a file was closed, not when it last grew: an upload that takes hours is not idle. */
const IDLE_MS = 86_400_000;
const UNLINKED_MS = 86_400_000;

/** Clears what broken uploads leave: files that stopped growing, objects without a link, URLs that expired unused. */
export class RegistrySweeper {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<unknown> | null = null;

  constructor(private readonly parts: { database: Database; artifacts: ArtifactStore; repositories: Repositories; stage: UploadStage; log: Log }) {}

  start(): void {
    this.#timer = setInterval(() => { this.#running ??= this.#run(); }, EVERY_MS).unref();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
  }

  async sweep(): Promise<void> {
    const { database, artifacts, repositories, stage, log } = this.parts;
    await forgetUnpushed(database);
    const parts = await artifacts.sweep(IDLE_MS) + await repositories.sweep(IDLE_MS) + await stage.sweep(IDLE_MS);
    const objects = await artifacts.collect(UNLINKED_MS, artifactLinks(database));
    await deleteExpiredUploads(database);
    await deleteExpiredDrafts(database);
    if (parts + objects > 0) log.info({ parts, objects }, 'leftovers of uploads removed');
  }

  async #run(): Promise<void> {
    try {
      await this.parts.database.exclusively('model-registry sweep', () => this.sweep());
    } catch (error) {
      this.parts.log.warn({ reason: messageOf(error) }, 'sweep of uploads failed');
    } finally {
      this.#running = null;
    }
  }
}
