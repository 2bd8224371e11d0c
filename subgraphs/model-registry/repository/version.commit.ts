import { rm } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../../../platform/uuid';
import { writePointer } from './lfs/lfs-pointer';
import { MAIN, modelFileOf, NO_COMMIT, type Repository, type TreeEntry } from './repository';

/** A version that came without Git. */
export interface CommittedVersion {
  number: number;
  digest: string;
  sizeBytes: number;
  createdById: string;
  createdAt: Date;
}

const ATTRIBUTES = '*.onnx filter=lfs diff=lfs merge=lfs -text\n';

export function versionTag(number: number): string {
  return `refs/tags/v${number}`;
}

/**
 * Puts a version on top of `main`, its model as an LFS pointer. All of the commit follows from the version and from `main`. The caller gives it its ref.
 */
export async function commitVersion(repository: Repository, version: CommittedVersion, parent: string | null): Promise<string> {
  const files = parent === null ? [] : await repository.files(parent);
  const changes = [`${await blobOf(repository, writePointer(version))}\t${pathOf(files)}`];
  if (!files.some(({ path: name }) => name === '.gitattributes')) changes.push(`${await blobOf(repository, ATTRIBUTES)}\t.gitattributes`);
  const tree = await treeOf(repository, parent, changes);
  const date = `${Math.floor(version.createdAt.getTime() / 1_000)} +0000`;
  const message = `Version ${version.number}\n\nUploaded by the principal ${version.createdById}.\n`;
  const output = await repository.run(['commit-tree', tree, ...(parent === null ? [] : ['-p', parent])], {
    input: message, environment: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  return output.toString().trim();
}

/** Gives a version its tag, and `main` its new tip where it has one, in one transaction. Rejects when `main` or the tag is no longer what it was. */
export async function publishVersion(
  repository: Repository, { number, commit, main }: { number: number; commit: string; main: { from: string | null } | null },
): Promise<void> {
  const lines = [`create ${versionTag(number)} ${commit}`];
  if (main) lines.push(`update ${MAIN} ${commit} ${main.from ?? NO_COMMIT}`);
  await repository.run(['update-ref', '--stdin'], { input: `start\n${lines.join('\n')}\nprepare\ncommit\n` });
}

/** Where the model lies by now, however its people call it. */
function pathOf(files: readonly TreeEntry[]): string {
  return modelFileOf(files)?.path ?? 'model.onnx';
}

async function blobOf(repository: Repository, text: string): Promise<string> {
  return `100644 ${(await repository.run(['hash-object', '-w', '--stdin'], { input: text })).toString().trim()}`;
}

async function treeOf(repository: Repository, parent: string | null, changes: string[]): Promise<string> {
  const index = path.join(repository.dir, `${newId()}.index`);
  const environment = { GIT_INDEX_FILE: index };
  try {
    if (parent !== null) await repository.run(['read-tree', parent], { environment });
    await repository.run(['update-index', '-z', '--index-info'], { input: changes.map((change) => `${change}\0`).join(''), environment });
    return (await repository.run(['write-tree'], { environment })).toString().trim();
  } finally {
    await rm(index, { force: true });
  }
}
