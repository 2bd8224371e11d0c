import { link, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * Shows `work` the file as the only one in a folder, so that a hostile model that names files beside it finds none.
 */
export async function inFolderOfItsOwn<T>(file: string, work: (alone: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-model-'));
  try {
    const alone = path.join(folder, 'model.onnx');
    // A hard link cannot cross file systems, and models are too large to copy.
    await link(file, alone).catch(() => symlink(path.resolve(file), alone));
    return await work(alone);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
