import { rm } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../../../platform/uuid';
import type { FileFacts } from '../version/version-file';
import { ATTRIBUTES, trackingAlso } from './lfs/lfs-attributes';
import { writePointer } from './lfs/lfs-pointer';
import { MAIN, NO_COMMIT, type Repository } from './repository';

/** A version that came without Git. */
export interface CommittedVersion {
  number: number;
  createdById: string;
  createdAt: Date;
}

/** What a commit changes of `main`. */
export interface CommitChanges {
  files: readonly CommitFile[];
  /** Paths that the version no longer has. */
  removed: readonly string[];
}

/** `text` is what Git holds itself; the other files are LFS objects, and Git holds their pointers. */
export interface CommitFile extends FileFacts {
  text: Buffer | null;
}

export function versionTag(number: number): string {
  return `refs/tags/v${number}`;
}

/** Puts a version on top of `main`. All of the commit follows from the version and from `main`. The caller gives it its ref. */
export async function commitVersion(repository: Repository, version: CommittedVersion & CommitChanges, parent: string | null): Promise<string> {
  const tree = await treeOf(repository, parent, await linesOf(repository, version, parent));
  const date = `${Math.floor(version.createdAt.getTime() / 1_000)} +0000`;
  const message = `Version ${version.number}\n\nUploaded by the principal ${version.createdById}.\n`;
  const output = await repository.run(['commit-tree', tree, ...(parent === null ? [] : ['-p', parent])], {
    input: message, environment: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  return output.toString().trim();
}

/** For `git update-index --index-info`; removals first, since a folder may take the place of a file. */
async function linesOf(repository: Repository, { files, removed }: CommitChanges, parent: string | null): Promise<string[]> {
  const lines = removed.map((name) => `0 ${NO_COMMIT}\t${name}`);
  for (const file of files) lines.push(`${await blobOf(repository, file.text ?? writePointer(file))}\t${file.path}`);
  const entries = parent === null ? [] : await repository.files(parent);
  const known = entries.find(({ path: name }) => name === ATTRIBUTES);
  const text = known ? (await repository.readBlob(known.blob)).toString() : null;
  const attributes = trackingAlso(text, files.filter((file) => file.text === null).map((file) => file.path));
  if (attributes !== text) lines.push(`${await blobOf(repository, attributes)}\t${ATTRIBUTES}`);
  return lines;
}

/** Gives a version its tag, and `main` its new tip where it has one, in one transaction. Rejects when `main` or the tag is no longer what it was. */
export async function publishVersion(
  repository: Repository, { number, commit, main }: { number: number; commit: string; main: { from: string | null } | null },
): Promise<void> {
  const lines = [`create ${versionTag(number)} ${commit}`];
  if (main) lines.push(`update ${MAIN} ${commit} ${main.from ?? NO_COMMIT}`);
  await repository.run(['update-ref', '--stdin'], { input: `start\n${lines.join('\n')}\nprepare\ncommit\n` });
}

async function blobOf(repository: Repository, text: string | Buffer): Promise<string> {
  return `100644 ${(await repository.run(['hash-object', '-w', '--stdin'], { input: text })).toString().trim()}`;
}

async function treeOf(repository: Repository, parent: string | null, changes: string[]): Promise<string> {
  const index = path.join(repository.dir, `${newId()}.index`);
  const environment = { GIT_INDEX_FILE: index };
  try {
    if (parent !== null) await repository.run(['read-tree', parent], { environment });
    await repository.run(['update-index', '--replace', '-z', '--index-info'], { input: changes.map((change) => `${change}\0`).join(''), environment });
    return (await repository.run(['write-tree'], { environment })).toString().trim();
  } finally {
    await rm(index, { force: true });
  }
}
