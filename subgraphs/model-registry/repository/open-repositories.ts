import path from 'node:path';
import type { Database } from '../../../platform/database/database';
import type { Log } from '../../../platform/log';
import type { ArtifactStore } from '../artifacts/artifact-store';
import type { ModelDirectory } from '../model/model-directory';
import type { VersionService } from '../version/version.service';
import { GitDoor } from './git.door';
import { GitTurns, type GitLimits } from './git.turns';
import { GitWire } from './git.wire';
import { LfsBatch } from './lfs/lfs.batch';
import { LfsDoor } from './lfs/lfs.door';
import { LfsTransfer } from './lfs/lfs.transfer';
import { PushGate } from './push/push.gate';
import { PushOutcome } from './push/push.outcome';
import { PushReceiver } from './push/push.receiver';
import type { Repositories } from './repositories';
import type { VersionCommitter } from './version.committer';

export interface RepositorySettings {
  /** Of the repositories. */
  folder: string;
  /** The largest pack of a push. */
  pushMaxBytes: number;
  /** How long a push waits for the inspection of what it brought. */
  pushWaitMs: number;
  /** Of fetches and pushes at a time. */
  exchanges: GitLimits;
}

export interface GitDoorOptions {
  database: Database;
  log: Log;
  artifacts: ArtifactStore;
  repositories: Repositories;
  committer: VersionCommitter;
  models: ModelDirectory;
  versions: VersionService;
  onVersion: () => void;
  settings: RepositorySettings & { publicUrl: string; maxBytes: number };
}

/** Commands and the frames of a pack that is as large as it may be. */
const OVERHEAD_BYTES = 1024 * 1024;

/** Where the hooks lie, beside the repositories. */
export function hooksOf({ folder }: RepositorySettings): string {
  return path.join(folder, 'hooks');
}

/** The door to all repositories, with what stands behind it. */
export function createGitDoor(options: GitDoorOptions): GitDoor {
  const { database, log, artifacts, repositories, committer, models, versions, onVersion, settings } = options;
  const { maxBytes, publicUrl, pushMaxBytes, pushWaitMs, exchanges } = settings;
  const outcome = new PushOutcome({ database, committer, versions, onVersion, waitMs: pushWaitMs });
  const pushes = new PushReceiver({ gate: new PushGate({ database, artifacts, maxBytes }), outcome, log, hooks: hooksOf(settings), maxBytes: pushMaxBytes });
  const lfs = new LfsDoor({ batch: new LfsBatch({ database, maxBytes }), transfer: new LfsTransfer({ database, artifacts, maxBytes }), publicUrl });
  const wire = new GitWire({ turns: new GitTurns(exchanges), pushes, log, pushMaxBytes: pushMaxBytes + OVERHEAD_BYTES });
  return new GitDoor({ models, repositories, committer, wire, lfs });
}
