import { rangedHead, type ByteRange } from '../../../platform/bytes/byte-range';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { Caller } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { ArtifactStore } from '../artifacts/artifact-store';
import { streamBlob } from '../repository/blob.stream';
import { objectsOf } from '../repository/lfs/object.store';
import { findFile, listFolder, withPointers, type TreeNode } from '../repository/repository.tree';
import { HubRefusal } from './hub.refusal';
import type { HubRepositories, OpenModel } from './hub.repository';

export interface HubFileParts {
  database: Database;
  artifacts: ArtifactStore;
  repositories: HubRepositories;
}

interface Wanted {
  model: string;
  revision: string;
}

export interface FolderPage {
  nodes: TreeNode[];
  /** What the next page is asked for with. */
  next: string | null;
  commit: string;
}

const PAGE_SIZE = 1_000;

/** What lies in a repository: its folders, and the bytes of its files, from Git or, where Git holds a pointer, from the artifact store. */
export class HubFiles {
  constructor(private readonly parts: HubFileParts) {}

  /** `next` goes on in the same commit, whatever is pushed meanwhile. @throws MODEL_NOT_FOUND, CURSOR_INVALID, HubRefusal */
  async tree(caller: Caller, { model, revision, folder }: Wanted & { folder: string }, query: URLSearchParams): Promise<FolderPage> {
    const open = await this.parts.repositories.open(caller, model);
    const commit = await this.parts.repositories.commitOf(open, revision);
    const nodes = await listFolder(open.repository, commit, { folder, isRecursive: ['true', '1', 'True'].includes(query.get('recursive') ?? '') });
    if (!nodes) throw new HubRefusal('EntryNotFound', `"${folder.slice(0, 200)}" is no folder of this revision.`, { 'x-repo-commit': commit });
    const start = readCursor(query.get('cursor'));
    const page = await withPointers(open.repository, nodes.slice(start, start + PAGE_SIZE));
    return { nodes: page, next: nodes.length > start + PAGE_SIZE ? String(start + PAGE_SIZE) : null, commit };
  }

  /** @throws MODEL_NOT_FOUND, ARTIFACT_CORRUPT, UNAVAILABLE, HubRefusal */
  async send({ model, revision, path }: Wanted & { path: string }, request: ByteRequest): Promise<ByteReply> {
    const open = await this.parts.repositories.open(request.scope.caller, model);
    const commit = await this.parts.repositories.commitOf(open, revision);
    const file = await findFile(open.repository, commit, path);
    if (!file) throw new HubRefusal('EntryNotFound', `"${path.slice(0, 200)}" is no file of this revision.`, { 'x-repo-commit': commit });
    await this.#checkObject(open, file);
    const all = { ...headersOf(file), 'x-repo-commit': commit };
    try {
      const { status, headers, range } = rangedHead(request, { sizeBytes: file.sizeBytes, etag: etagOf(file) });
      return { status, headers: { ...all, ...headers }, body: request.method === 'HEAD' ? undefined : await this.#read(open, file, range) };
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'RANGE_NOT_SATISFIABLE')) throw error;
      return { status: 416, headers: { ...all, 'content-range': `bytes */${file.sizeBytes}`, 'content-length': '0' } };
    }
  }

  /** A pointer gives bytes only where they were sent to this repository. */
  async #checkObject({ model }: OpenModel, { pointer, path }: TreeNode): Promise<void> {
    if (!pointer) return;
    const sizes = await objectsOf(this.parts.database, model.id, [pointer.digest]);
    if (sizes.get(pointer.digest) !== pointer.sizeBytes) throw new PlatformError('ARTIFACT_NOT_FOUND', `The repository has no such object as "${path.slice(0, 200)}" names.`);
  }

  async #read({ repository }: OpenModel, { pointer, id, sizeBytes }: TreeNode, range: ByteRange | null): Promise<ByteReply['body']> {
    if (pointer) return this.parts.artifacts.read(pointer.digest, range ?? undefined);
    return sizeBytes === 0 ? '' : streamBlob(repository, id, range ?? { start: 0, end: sizeBytes - 1 });
  }
}

function etagOf({ pointer, id }: TreeNode): string {
  return `"${pointer?.digest ?? id}"`;
}

/** Never as a page: what people push may be one, and would be of our own origin. */
function headersOf(node: TreeNode): Record<string, string> {
  const { path, pointer, sizeBytes } = node;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, escaped)}; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`,
    etag: etagOf(node), ...(pointer && { 'x-linked-etag': `"${pointer.digest}"`, 'x-linked-size': String(sizeBytes) }),
  };
}

/** What RFC 8187 does not allow bare, and encodeURIComponent leaves as it is. */
function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function readCursor(text: string | null): number {
  if (text === null) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PlatformError('CURSOR_INVALID', 'The cursor was not made by this list; follow the Link header unchanged.');
}
