import type { Caller } from '../../../platform/caller';
import type { Model } from '../model/model';
import { writePointer, type LfsPointer } from '../repository/lfs/lfs-pointer';
import type { TreeNode } from '../repository/repository.tree';

/** What a commit shows of its repository. */
export interface Snapshot {
  commit: string;
  committedAt: Date;
  files: TreeNode[];
  /** Whether files are told with their sizes and digests; then pointers are read. */
  withBlobs: boolean;
}

/** A model as the Hub tells it. What is not counted or kept here (downloads, likes, pipelines) is left out. */
export function toHubModel(model: Model, snapshot: Snapshot | null = null): object {
  const { id, fullName, namespaceName, tags, createdAt, updatedAt } = model;
  return {
    _id: id, id: fullName, modelId: fullName, author: namespaceName, private: true, gated: false, disabled: false, tags, createdAt,
    sha: snapshot?.commit ?? null, lastModified: snapshot?.committedAt ?? updatedAt, siblings: snapshot?.files.map((file) => toSibling(file, snapshot.withBlobs)) ?? [],
  };
}

function toSibling({ path, id, sizeBytes, pointer }: TreeNode, withBlobs: boolean): object {
  if (!withBlobs) return { rfilename: path };
  return { rfilename: path, blobId: id, size: sizeBytes, ...(pointer && { lfs: { sha256: pointer.digest, size: sizeBytes, pointerSize: pointerSize(pointer) } }) };
}

/** A file or folder as the Hub lists it. */
export function toHubEntry({ path, id, isFolder, sizeBytes, pointer }: TreeNode): object {
  return {
    type: isFolder ? 'directory' : 'file', oid: id, size: sizeBytes, path,
    ...(pointer && { lfs: { oid: pointer.digest, size: sizeBytes, pointerSize: pointerSize(pointer) } }),
  };
}

export function toHubCaller({ principalId, name }: Caller): object {
  return { type: 'user', id: principalId, name, fullname: name, orgs: [] };
}

function pointerSize(pointer: LfsPointer): number {
  return Buffer.byteLength(writePointer(pointer));
}
