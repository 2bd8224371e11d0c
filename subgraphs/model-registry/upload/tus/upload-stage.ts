import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { storageAway } from '../../artifacts/object-drive';

/** One request's part of a file. */
export interface StagedPart {
  /** Where it begins: what has arrived so far. */
  offset: number;
  /** No more than this is taken. */
  maxBytes: number;
  /** Sees the bytes as they are kept. */
  onBytes?: (bytes: Buffer) => void;
}

/** How far a file has come, and how its part ended. */
export interface StagedEnd {
  offset: number;
  /** Why the body ended early; null when it ended as it should. */
  cause: unknown;
  isTooLong: boolean;
}

const MAX_REMEMBERED = 1_000;

/**
 * Files that arrive in several requests, on this machine's disk until they are whole. How far one has come is its size: a file system that grows a
 * file by appending tells no size that its bytes do not have, so that nothing needs to be written down beside them. Whoever writes holds the
 * upload's turn.
 */
export class UploadStage {
  /** Of the bytes so far; what another process or an earlier one of ours has written is read again. */
  readonly #hashes = new Map<string, { offset: number; hash: Hash }>();

  constructor(private readonly folder: string) {}

  async offsetOf(id: string): Promise<number> {
    const found = await stat(this.fileOf(id)).catch(nullIfMissing);
    return found?.size ?? 0;
  }

  /** Keeps what arrives, also when the body breaks off. Rejects with UNAVAILABLE when the disk does not take it. */
  async append(id: string, body: Readable, part: StagedPart): Promise<StagedEnd> {
    const hash = await this.#hashUpTo(id, part.offset);
    const file = await this.#open(id);
    let written = 0;
    const end: StagedEnd = { offset: part.offset, cause: null, isTooLong: false };
    try {
      for await (const bytes of readUntilBroken(body, end)) {
        if (written + bytes.length > part.maxBytes) return { ...end, isTooLong: true };
        await writeAll(file, bytes, end.offset);
        hash.update(bytes);
        part.onBytes?.(bytes);
        written += bytes.length;
        end.offset += bytes.length;
      }
      return end;
    } catch (error) {
      throw storageAway('file system', error);
    } finally {
      await file.datasync().catch(() => undefined);
      await file.close();
      this.#remember(id, { offset: end.offset, hash });
    }
  }

  /** Takes back what a part has brought. */
  async truncate(id: string, offset: number): Promise<void> {
    this.#hashes.delete(id);
    const file = await this.#open(id);
    try {
      await file.truncate(offset);
    } finally {
      await file.close();
    }
  }

  /** The SHA-256 of all that has arrived, in hex. */
  async digestOf(id: string, sizeBytes: number): Promise<string> {
    return (await this.#hashUpTo(id, sizeBytes)).digest('hex');
  }

  async remove(id: string): Promise<void> {
    this.#hashes.delete(id);
    await rm(this.fileOf(id), { force: true });
  }

  /** Removes what has not grown for `idleMs`; returns how many. */
  async sweep(idleMs: number): Promise<number> {
    let swept = 0;
    for (const id of await readdir(this.folder).catch(nullIfMissing) ?? []) {
      const found = await stat(this.fileOf(id)).catch(nullIfMissing);
      if (!found || Date.now() - found.mtimeMs < idleMs) continue;
      await this.remove(id);
      swept += 1;
    }
    return swept;
  }

  fileOf(id: string): string {
    return path.join(this.folder, id);
  }

  async #open(id: string): Promise<FileHandle> {
    const options = await mkdir(this.folder, { recursive: true, mode: 0o750 }).then(() => open(this.fileOf(id), 'r+').catch(nullIfMissing));
    return options ?? open(this.fileOf(id), 'wx+', 0o640);
  }

  /** A copy that may go on. */
  async #hashUpTo(id: string, offset: number): Promise<Hash> {
    const known = this.#hashes.get(id);
    if (known?.offset === offset) return known.hash.copy();
    const hash = createHash('sha256');
    if (offset > 0) await pipeline(createReadStream(this.fileOf(id), { end: offset - 1, highWaterMark: 1024 * 1024 }), async (bytes: AsyncIterable<Buffer>) => {
      for await (const chunk of bytes) hash.update(chunk);
    });
    this.#remember(id, { offset, hash: hash.copy() });
    return hash;
  }

  #remember(id: string, state: { offset: number; hash: Hash }): void {
    if (this.#hashes.size >= MAX_REMEMBERED) this.#hashes.clear();
    this.#hashes.set(id, state);
  }
}

/** A body that breaks off is no fault of the disk: its end is noted, and what came of it is kept. */
async function* readUntilBroken(body: Readable, end: StagedEnd): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of body as AsyncIterable<Buffer>) yield bytes;
  } catch (cause) {
    end.cause = cause;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

function nullIfMissing(error: unknown): null {
  if ((error as { code?: unknown } | null)?.code === 'ENOENT') return null;
  throw error;
}
