import { constants, copyFile, link, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A file on this machine's disk, and where in a version it lies. */
export interface PlacedFile {
  /** Relative to the version, with `/`; never outside of it. */
  path: string;
  file: string;
}

/** A model with what lies beside it: nothing else shall be in reach of its external data. */
export interface ModelFiles {
  model: PlacedFile;
  beside: readonly PlacedFile[];
}

/**
 * Shows `work` the model as the only thing in a folder, with what belongs to it, so that a hostile model that names other files finds none.
 */
export async function inFolderOfItsOwn<T>({ model, beside }: ModelFiles, work: (alone: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-model-'));
  try {
    if (beside.length > 0) return await work(await layOut(folder, { model, beside }));
    const alone = path.join(folder, 'model.onnx');
    // A hard link cannot cross file systems, and models are too large to copy.
    await link(model.file, alone).catch(() => symlink(path.resolve(model.file), alone));
    return await work(alone);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts the files into a folder, each at its path; returns the model's. A link costs nothing; across file systems it is refused, and the copy is a
 * reflink where the file system knows them. No symbolic links: the runtime looks for external data beside what they point to, and refuses such data.
 */
export async function layOut(folder: string, { model, beside }: ModelFiles): Promise<string> {
  for (const { path: at, file } of [model, ...beside]) {
    const target = targetOf(folder, at);
    await mkdir(path.dirname(target), { recursive: true });
    await link(file, target).catch(() => copyFile(file, target, constants.COPYFILE_FICLONE));
  }
  return targetOf(folder, model.path);
}

/** The registry lets no other path in; a row that someone else has written shall not write here either. */
function targetOf(folder: string, at: string): string {
  const target = path.resolve(folder, at);
  if (!target.startsWith(path.resolve(folder) + path.sep)) throw new Error(`The path "${at}" leads out of its version.`);
  return target;
}
