import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../../../platform/uuid';
import { git } from './git-process';
import { Repository } from './repository';

const QUARANTINE = /^(tmp_objdir-)?incoming-/;

/** The folder of all repositories, one for each model that was ever cloned, pushed or given a version. */
export class Repositories {
  constructor(private readonly root: string) {}

  /** Makes it when there is none, in one rename: nobody meets one that is half made. */
  async open(modelId: string): Promise<Repository> {
    const dir = path.join(this.root, `${modelId}.git`);
    if (!await exists(dir)) await this.#make(dir);
    return new Repository(dir);
  }

  /** Removes what machines that died in the middle of a push, or of making a repository, left `idleMs` ago. Answers how much. */
  async sweep(idleMs: number): Promise<number> {
    let swept = 0;
    for (const name of await readdir(this.root).catch(() => [])) {
      if (name.endsWith('.part')) swept += await removeIfIdle(path.join(this.root, name), idleMs);
      const objects = path.join(this.root, name, 'objects');
      const left = (await readdir(objects).catch(() => [])).filter((entry) => QUARANTINE.test(entry));
      for (const entry of left) swept += await removeIfIdle(path.join(objects, entry), idleMs);
    }
    return swept;
  }

  async #make(dir: string): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o750 });
    const part = path.join(this.root, `${newId()}.part`);
    try {
      await mkdir(part);
      await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', '.'], { dir: part });
      await rename(part, dir);
    } catch (error) {
      if (!await exists(dir)) throw error;
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
}

function exists(dir: string): Promise<boolean> {
  return stat(dir).then(() => true, () => false);
}

async function removeIfIdle(dir: string, idleMs: number): Promise<number> {
  const found = await stat(dir).catch(() => null);
  if (!found || Date.now() - found.mtimeMs < idleMs) return 0;
  await rm(dir, { recursive: true, force: true });
  return 1;
}
