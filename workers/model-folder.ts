import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RevisionSpec } from '../subgraphs/deployment/worker.contract';
import type { Artifacts } from '../subgraphs/model-registry/worker.contract';
import { layOut } from './runtime/own-folder';

/** What a worker must know of a revision to load its files. */
export type RevisionFiles = Pick<RevisionSpec, 'artifactDigest' | 'artifactPath' | 'files'>;

/**
 * Gives each replica a folder that holds its model, what its version has beside it, and nothing else: ONNX Runtime resolves external data beside the
 * model, so whatever lies there could be read by a hostile file.
 */
export class ModelFolders {
  constructor(private readonly root: string, private readonly artifacts: Artifacts) {}

  /** Removes what an earlier process of this worker's name left behind. */
  async clear(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** Returns the path of the model file. @throws ARTIFACT_NOT_FOUND, ARTIFACT_CORRUPT */
  async open(replicaId: string, { artifactDigest, artifactPath, files }: RevisionFiles): Promise<string> {
    const model = { path: artifactPath, file: await this.artifacts.localFile(artifactDigest) };
    const beside = [];
    for (const { path: at, digest } of files) beside.push({ path: at, file: await this.artifacts.localFile(digest) });
    const folder = path.join(this.root, replicaId);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return layOut(folder, { model, beside });
  }

  /** Where a file beside the model lies while the replica is open, such as its labels; `at` is one of the revision's `files`. */
  fileOf(replicaId: string, at: string): string {
    return path.join(this.root, replicaId, at);
  }

  async close(replicaId: string): Promise<void> {
    await rm(path.join(this.root, replicaId), { recursive: true, force: true });
  }
}
