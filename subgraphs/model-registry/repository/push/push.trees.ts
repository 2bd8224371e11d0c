import { NO_COMMIT, type Repository } from '../repository';
import { contentsOf } from './object.contents';
import { refused } from './push.commands';

export const FILES_MAX = 20_000;
/** A path has no more names. */
const DEPTH_MAX = 512;
const TREE = '40000';

/** What one tree names: files, and how often each tree below it. */
interface Folder {
  files: number;
  trees: string[];
}

/**
 * Refuses commits with more files than a repository may have before anything walks their paths: ten trees that name each other ten times are a few hundred
 * bytes and more files than a machine has memory for. Each tree is read once, whichever way it is reached.
 * @throws BAD_USER_INPUT
 */
export async function checkTrees(repository: Repository, tips: readonly string[]): Promise<void> {
  const listed = (await repository.run(['rev-list', '--no-commit-header', '--format=%T', ...tips, '--not', '--all'])).toString();
  const roots = [...new Set(listed.split('\n').filter(Boolean))];
  const folders = await readFolders(repository, roots);
  const counted = new Map<string, number>();
  for (const root of roots) if (filesBelow(root, folders, counted) > FILES_MAX) throw tooManyFiles();
}

export function tooManyFiles(): Error {
  return refused(`its commits bring more than ${FILES_MAX} files`);
}

/** Level by level; a tree that is met again is not read again. */
async function readFolders(repository: Repository, roots: readonly string[]): Promise<Map<string, Folder>> {
  const folders = new Map<string, Folder>();
  let level = [...roots];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === DEPTH_MAX) throw refused(`its folders lie more than ${DEPTH_MAX} deep`);
    const output = await repository.run(['cat-file', '--batch'], { input: level.map((id) => `${id}\n`).join('') });
    const read = [...contentsOf(output)].map(readFolder);
    for (const [at, id] of level.entries()) folders.set(id, read[at]!);
    level = [...new Set(read.flatMap(({ trees }) => trees))].filter((id) => id !== NO_COMMIT && !folders.has(id));
  }
  return folders;
}

/** `<mode> <name>\0<20 bytes of id>` for each entry (gitformat-pack, tree objects). */
function readFolder(bytes: Buffer): Folder {
  const folder: Folder = { files: 0, trees: [] };
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    const isTree = bytes.toString('latin1', at, bytes.indexOf(' ', at)).replace(/^0/, '') === TREE;
    if (isTree) folder.trees.push(bytes.toString('hex', end + 1, end + 21));
    else folder.files += 1;
    at = end + 21;
  }
  return folder;
}

function filesBelow(id: string, folders: ReadonlyMap<string, Folder>, counted: Map<string, number>): number {
  const known = counted.get(id);
  if (known !== undefined) return known;
  const { files, trees } = folders.get(id)!;
  const count = trees.reduce((sum, tree) => Math.min(sum + filesBelow(tree, folders, counted), FILES_MAX + 1), files);
  counted.set(id, count);
  return count;
}
