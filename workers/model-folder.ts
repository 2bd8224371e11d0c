import { constants, copyFile, link, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Artifacts } from '../subgraphs/model-registry/worker.contract';

/**
 * Gives each replica a folder that holds its model file and nothing else: ONNX Runtime resolves external data beside the model, so
 * whatever lies there could be read by a hostile file.
 */
export class ModelFolders {
  constructor(private readonly root: string, private readonly artifacts: Artifacts) {}

  /** Removes what an earlier process of this worker's name left behind. */
  async clear(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** Returns the path of the model file. @throws ARTIFACT_NOT_FOUND, ARTIFACT_CORRUPT */
  async open(replicaId: string, digest: string): Promise<string> {
    const source = await this.artifacts.localFile(digest);
    const folder = path.join(this.root, replicaId);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, 'model.onnx');
    // A link costs nothing; across file systems it is refused, and the copy is a reflink where the file system knows them.
    await link(source, file).catch(() => copyFile(source, file, constants.COPYFILE_FICLONE));
    return file;
  }

  async close(replicaId: string): Promise<void> {
    await rm(path.join(this.root, replicaId), { recursive: true, force: true });
  }
}
