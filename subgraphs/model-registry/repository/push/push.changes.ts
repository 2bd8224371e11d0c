import { POINTER_MAX_BYTES, readPointer, type LfsPointer } from '../lfs/lfs-pointer';
import { MAIN, NO_COMMIT, type Repository } from '../repository';
import { refused, type RefCommand } from './push.commands';

const FILES_MAX = 20_000;
const PATH_MAX_LENGTH = 1_024;
const REGULAR = ['100644', '100755'];
const REMOVED = '000000';
const FORBIDDEN_NAME = /^(\.lfsconfig|\.gitmodules|\.git)$/i;

/**
 * What the new commits of a push hold, by what each changes of its parents: what was there has passed these rules before.
 * @throws BAD_USER_INPUT for a file that a repository may not hold, and for a rewritten `main`
 */
export async function readPointers(repository: Repository, commands: readonly RefCommand[]): Promise<LfsPointer[]> {
  const made = commands.filter(({ to }) => to !== NO_COMMIT);
  if (made.length === 0) return [];
  for (const command of made) await checkTip(repository, command);
  const blobs = await changedBlobs(repository, made.map(({ to }) => to));
  return [...(await describeBlobs(repository, [...blobs])).values()].map(({ pointer }) => pointer).filter((pointer) => pointer !== null);
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
  for (let at = 0; at < fields.length; at += 1) {
    if (!fields[at]!.startsWith(':')) continue;
    const [, mode, , blob] = fields[at]!.slice(1).split(' ');
    at += 1;
    if (mode === REMOVED) continue;
    checkFile(mode!, fields[at]!);
    blobs.add(blob!);
    if (blobs.size > FILES_MAX) throw refused(`its commits bring more than ${FILES_MAX} files`);
  }
  return blobs;
}

function checkFile(mode: string, path: string): void {
  if (!REGULAR.includes(mode)) throw refused(`"${shown(path)}" is a symbolic link or a submodule; only files are kept`);
  const parts = path.split('/');
  // Readers' keys would go where it points.
  if (parts.some((part) => FORBIDDEN_NAME.test(part))) throw refused(`"${shown(path)}" would change how other people's Git works`);
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\p{Cc}\p{Cf}\\\uFFFD]/u.test(path);
  if (!isPlain || path.length > PATH_MAX_LENGTH) throw refused(`"${shown(path)}" is no path that every system can hold`);
}

export interface BlobFacts {
  sizeBytes: number;
  /** What it is when it is no file of its own. */
  pointer: LfsPointer | null;
}

/** The sizes of blobs, and which of them are LFS pointers: two Git processes, however many they are. */
export async function describeBlobs(repository: Repository, blobs: readonly string[]): Promise<Map<string, BlobFacts>> {
  if (blobs.length === 0) return new Map();
  const sizes = (await repository.run(['cat-file', '--batch-check=%(objectname) %(objectsize)'], { input: blobs.map((blob) => `${blob}\n`).join('') })).toString();
  const facts = new Map(sizes.split('\n').filter(Boolean).map((line) => [line.split(' ')[0]!, { sizeBytes: Number(line.split(' ')[1]), pointer: null } as BlobFacts]));
  const small = [...facts].filter(([, { sizeBytes }]) => sizeBytes <= POINTER_MAX_BYTES).map(([blob]) => blob);
  if (small.length === 0) return facts;
  const output = await repository.run(['cat-file', '--batch'], { input: small.map((blob) => `${blob}\n`).join('') });
  [...contents(output)].forEach((bytes, at) => { facts.get(small[at]!)!.pointer = readPointer(bytes); });
  return facts;
}

/** `<id> blob <size>\n<bytes>\n` for each. */
function* contents(output: Buffer): Generator<Buffer> {
  for (let at = 0; at < output.length;) {
    const line = output.indexOf('\n', at);
    const size = Number(output.toString('latin1', at, line).split(' ')[2]);
    yield output.subarray(line + 1, line + 1 + size);
    at = line + 1 + size + 1;
  }
}

function shown(path: string): string {
  return path.slice(0, 200).replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
