import { POINTER_MAX_BYTES, readPointer, type LfsPointer } from '../lfs/lfs-pointer';
import { GitFlood } from '../git-process';
import { MAIN, NO_COMMIT, type Repository } from '../repository';
import { refused, type RefCommand } from './push.commands';
import { collisionOf, faultOfPath } from './push.paths';
import { contentsOf } from './object.contents';
import { checkTrees, FILES_MAX, tooManyFiles } from './push.trees';

const REGULAR = ['100644', '100755'];
const REMOVED = '000000';

/**
 * What the new commits of a push hold, by what each changes of its parents: what was there has passed these rules before.
 * @throws BAD_USER_INPUT for a file that a repository may not hold, and for a rewritten `main`
 */
export async function readPointers(repository: Repository, commands: readonly RefCommand[]): Promise<LfsPointer[]> {
  const made = commands.filter(({ to }) => to !== NO_COMMIT);
  if (made.length === 0) return [];
  for (const command of made) await checkTip(repository, command);
  const tips = made.map(({ to }) => to);
  const blobs = await checkTrees(repository, tips).then(() => changedBlobs(repository, tips)).catch((error: unknown) => { throw error instanceof GitFlood ? tooManyFiles() : error; });
  for (const tip of new Set(tips)) await checkSpellings(repository, tip);
  return pointersAmong(repository, [...blobs]);
}

async function checkTip(repository: Repository, { from, to, ref }: RefCommand): Promise<void> {
  if (await repository.commitOf(to) === null) throw refused(`${ref} would name something that is no commit`);
  if (ref === MAIN && from !== NO_COMMIT && !await repository.isAncestor(from, to)) {
    throw refused('main only moves forward: its commits are the versions; fetch and put your commits on top');
  }
}

async function changedBlobs(repository: Repository, tips: readonly string[]): Promise<Set<string>> {
  const args = ['log', '--format=', '--raw', '-r', '-z', '-m', '--no-renames', '--no-abbrev', '--no-ext-diff', '--no-textconv', ...tips, '--not', '--all'];
  const fields = (await repository.run(args)).toString().split('\0');
  const blobs = new Set<string>();
  let files = 0;
  for (let at = 0; at < fields.length; at += 1) {
    if (!fields[at]!.startsWith(':')) continue;
    const [, mode, , blob] = fields[at]!.slice(1).split(' ');
    at += 1;
    if (mode === REMOVED) continue;
    checkFile(mode!, fields[at]!);
    blobs.add(blob!);
    files += 1;
    // Not how many differ: one blob can be in many places.
    if (files > FILES_MAX) throw tooManyFiles();
  }
  return blobs;
}

function checkFile(mode: string, path: string): void {
  if (!REGULAR.includes(mode)) throw refused(`"${shown(path)}" is a symbolic link or a submodule; only files are kept`);
  const fault = faultOfPath(path);
  if (fault) throw refused(`"${shown(path)}" ${fault}`);
}

async function checkSpellings(repository: Repository, tip: string): Promise<void> {
  const collision = collisionOf((await repository.files(tip)).map(({ path }) => path));
  if (collision) throw refused(`"${shown(collision[0])}" and "${shown(collision[1])}" are one on a system that does not tell upper from lower case`);
}

async function pointersAmong(repository: Repository, blobs: readonly string[]): Promise<LfsPointer[]> {
  const sizes = (await repository.run(['cat-file', '--batch-check=%(objectname) %(objectsize)'], { input: blobs.map((blob) => `${blob}\n`).join('') })).toString();
  const small = sizes.split('\n').filter(Boolean).map((line) => line.split(' ')).filter(([, size]) => Number(size) <= POINTER_MAX_BYTES).map(([blob]) => blob!);
  if (small.length === 0) return [];
  const output = await repository.run(['cat-file', '--batch'], { input: small.map((blob) => `${blob}\n`).join('') });
  return [...contentsOf(output)].map(readPointer).filter((pointer) => pointer !== null);
}

function shown(path: string): string {
  return path.slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
