import { POINTER_MAX_BYTES, readPointer, type LfsPointer } from './lfs/lfs-pointer';
import { nullIfRefused, type Repository } from './repository';

/** A file or a folder of a commit. */
export interface TreeNode {
  isFolder: boolean;
  /** The object id in Git. */
  id: string;
  path: string;
  /** Of the file itself, also where Git holds a pointer to it; 0 of a folder. */
  sizeBytes: number;
  /** Where the file is an LFS object. */
  pointer: LfsPointer | null;
}

/** What lies in a folder of a commit, `''` for all of it; null when there is no such folder. Pointers are not read yet: their sizes are those of the pointers. */
export async function listFolder(repository: Repository, commit: string, { folder, isRecursive }: { folder: string; isRecursive: boolean }): Promise<TreeNode[] | null> {
  const args = ['ls-tree', '-z', '-l', '--full-tree', ...(isRecursive ? ['-r', '-t'] : []), `${commit}:${folder}`];
  const listed = await repository.run(args).catch(nullIfRefused);
  const prefix = folder === '' ? '' : `${folder}/`;
  return listed && readNodes(listed).map((node) => ({ ...node, path: prefix + node.path }));
}

/** The file at a path of a commit, its pointer read; null when there is none, or a folder. */
export async function findFile(repository: Repository, commit: string, path: string): Promise<TreeNode | null> {
  const [found] = readNodes(await repository.run(['ls-tree', '-z', '-l', '--full-tree', commit, '--', path]));
  if (!found || found.isFolder || found.path !== path) return null;
  return (await withPointers(repository, [found]))[0]!;
}

/** The same nodes as their files are, by one Git process for all of them. */
export async function withPointers(repository: Repository, nodes: readonly TreeNode[]): Promise<TreeNode[]> {
  const candidates = nodes.filter(({ isFolder, sizeBytes }) => !isFolder && sizeBytes <= POINTER_MAX_BYTES && sizeBytes > 0);
  if (candidates.length === 0) return [...nodes];
  const input = candidates.map(({ id }) => `${id}\n`).join('');
  const pointers = readBatch(await repository.run(['cat-file', '--batch'], { input }));
  return nodes.map((node) => {
    const pointer = node.isFolder ? null : pointers.get(node.id) ?? null;
    return pointer ? { ...node, pointer, sizeBytes: pointer.sizeBytes } : node;
  });
}

function readNodes(listed: Buffer): TreeNode[] {
  return listed.toString().split('\0').filter(Boolean).map((line) => {
    const [facts, path] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
    const [, type, id, size] = facts.split(/ +/);
    return { isFolder: type === 'tree', id: id!, path, sizeBytes: type === 'blob' ? Number(size) : 0, pointer: null };
  });
}

/** `<id> blob <size>\n<bytes>\n`, one after the other (git-cat-file, "Batch output"). */
function readBatch(output: Buffer): Map<string, LfsPointer> {
  const found = new Map<string, LfsPointer>();
  for (let at = 0; at < output.length;) {
    const endOfHead = output.indexOf('\n', at);
    const [id, , size] = output.toString('latin1', at, endOfHead).split(' ');
    const pointer = readPointer(output.subarray(endOfHead + 1, endOfHead + 1 + Number(size)));
    if (pointer) found.set(id!, pointer);
    at = endOfHead + 1 + Number(size) + 1;
  }
  return found;
}
