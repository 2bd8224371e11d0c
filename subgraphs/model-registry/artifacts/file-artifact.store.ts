import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline as pipe, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withinBytes, type ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import { newId } from '../../../platform/uuid';
import { DIGEST, objectPath, type ArtifactLinks, type ArtifactStore, type StoredArtifact, type WriteLimits } from './artifact-store';
import { ArtifactVerifier } from './artifact-verifier';
import { brokenBody, MeasuredBytes } from './measured-bytes';
import { storageAway } from './object-drive';
import { VerifiedBytes } from './verified-bytes';

/**
 * Objects as files `objects/ab/cd/<digest>`, written to `incoming/` first. The folder may be shared between processes and machines.
 */
export class FileArtifactStore implements ArtifactStore {
  readonly #verifier = new ArtifactVerifier();

  constructor(private readonly root: string) {}

  async write(body: Readable, limits: WriteLimits): Promise<StoredArtifact> {
    const incoming = path.join(this.root, 'incoming');
    await mkdir(incoming, { recursive: true }).catch((error: unknown) => { throw storageAway('file system', error); });
    const part = path.join(incoming, `${newId()}.part`);
    try {
      const artifact = await writeDurably(body, part, limits);
      await this.#publish(part, artifact.digest);
      return artifact;
    } catch (error) {
      throw isOurDisk(error) ? storageAway('file system', error) : error;
    } finally {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }

  async adopt(file: string, { digest, sizeBytes }: StoredArtifact): Promise<void> {
    const incoming = path.join(this.root, 'incoming');
    await mkdir(incoming, { recursive: true }).catch((error: unknown) => { throw storageAway('file system', error); });
    const part = path.join(incoming, `${newId()}.part`);
    try {
      await link(file, part);
      // Young again: a collection that runs before it is linked in the database shall not take it.
      await utimes(part, new Date(), new Date());
      await this.#publish(part, digest);
    } catch {
      // On another file system, or on one without hard links.
      await this.write(createReadStream(file), { maxBytes: Infinity, sizeBytes, digest });
    } finally {
      await rm(part, { force: true });
    }
  }

  async read(digest: string, range?: ByteRange): Promise<Readable> {
    const { file, sizeBytes } = await this.#existing(digest);
    if (range) {
      const part = withinBytes(range, sizeBytes);
      await this.#verify(file, digest);
      return createReadStream(file, part);
    }
    // The one who reads the outer stream gets its error; the callback only keeps it from being thrown as well.
    return pipe(createReadStream(file), new VerifiedBytes(digest), () => undefined);
  }

  async stat(digest: string): Promise<StoredArtifact | null> {
    if (!DIGEST.test(digest)) return null;
    const found = await stat(this.#fileOf(digest)).catch(nullIfMissing).catch((error: unknown) => { throw storageAway('file system', error); });
    return found && { digest, sizeBytes: found.size };
  }

  async delete(digest: string): Promise<void> {
    if (DIGEST.test(digest)) await rm(this.#fileOf(digest), { force: true });
  }

  async localFile(digest: string): Promise<string> {
    const { file } = await this.#existing(digest);
    await this.#verify(file, digest);
    return file;
  }

  async sweep(idleMs: number): Promise<number> {
    const incoming = path.join(this.root, 'incoming');
    const names = await readdir(incoming).catch(nullIfMissing) ?? [];
    let swept = 0;
    for (const name of names) {
      const part = path.join(incoming, name);
      const found = await stat(part).catch(nullIfMissing);
      // A file that still grows belongs to a live upload, perhaps of another process.
      if (!found || Date.now() - found.mtimeMs < idleMs) continue;
      await rm(part, { force: true });
      swept += 1;
    }
    return swept;
  }

  async collect(ageMs: number, links: ArtifactLinks): Promise<number> {
    const objects = path.join(this.root, 'objects');
    let collected = 0;
    for (const shard of await readdir(objects).catch(nullIfMissing) ?? []) {
      const found = await readdir(path.join(objects, shard), { recursive: true });
      const digests = found.map((name) => path.basename(name)).filter((name) => DIGEST.test(name));
      const kept = await links.linked(digests);
      for (const digest of digests.filter((name) => !kept.has(name))) {
        if (await links.whileUnlinked(digest, () => this.#deleteIfOlder(digest, ageMs))) collected += 1;
      }
    }
    return collected;
  }

  async #verify(file: string, digest: string): Promise<void> {
    const { size, mtimeMs, ino } = await stat(file);
    await this.#verifier.verify(digest, `${size} ${mtimeMs} ${ino}`, async () => createReadStream(file, { highWaterMark: 1024 * 1024 }));
  }

  async #deleteIfOlder(digest: string, ageMs: number): Promise<boolean> {
    const found = await stat(this.#fileOf(digest)).catch(nullIfMissing);
    if (!found || Date.now() - found.mtimeMs < ageMs) return false;
    await this.delete(digest);
    return true;
  }

  /** Renames over an object that is there already: the bytes are equal, and one that the disk has spoilt heals. */
  async #publish(part: string, digest: string): Promise<void> {
    const file = this.#fileOf(digest);
    await mkdir(path.dirname(file), { recursive: true });
    await rename(part, file);
    await syncFolder(path.dirname(file));
  }

  async #existing(digest: string): Promise<{ file: string; sizeBytes: number }> {
    const found = await this.stat(digest);
    if (found) return { file: this.#fileOf(digest), sizeBytes: found.sizeBytes };
    // A folder that is not there, or a mount point without its mount, has lost nothing.
    await stat(path.join(this.root, 'objects')).catch((error: unknown) => { throw storageAway('file system', error); });
    throw new PlatformError('ARTIFACT_NOT_FOUND', `The artifact store does not hold ${digest.slice(0, 80)}.`);
  }

  #fileOf(digest: string): string {
    return path.join(this.root, objectPath(digest));
  }
}

async function writeDurably(body: Readable, part: string, limits: WriteLimits): Promise<StoredArtifact> {
  const measured = new MeasuredBytes(limits);
  const file = await open(part, 'wx', 0o640);
  try {
    await pipeline(body, measured, (bytes: AsyncIterable<Buffer>) => writeFile(file, bytes), { signal: limits.signal });
    await file.sync();
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw isOurDisk(error) ? error : brokenBody(measured.sizeBytes, error);
  } finally {
    await file.close();
  }
  return measured.result();
}

/** Without it a power cut could forget the name though it kept the bytes. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isOurDisk(error: unknown): boolean {
  return ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EBADF', 'ENOTDIR', 'ENOENT'].includes(String(codeOf(error)));
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function nullIfMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
