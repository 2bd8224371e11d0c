import { createReadStream } from 'node:fs';
import { pipeline as pipe, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withinBytes, type ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import { newId } from '../../../platform/uuid';
import { DIGEST, objectPath, type ArtifactLinks, type ArtifactStore, type StoredArtifact, type WriteLimits } from './artifact-store';
import { ArtifactVerifier } from './artifact-verifier';
import { brokenBody, MeasuredBytes } from './measured-bytes';
import type { DriveObject, ObjectDrive } from './object-drive';
import { corrupt, VerifiedBytes } from './verified-bytes';

/** How long a file stays in the cache after its download. Workers link it into folders of their own, so it may go at any time. */
const CACHED_MS = 7 * 86_400_000;

/** Objects on a drive of another machine, under the same names as `FileArtifactStore` gives them; local files come from its cache. */
export class RemoteArtifactStore implements ArtifactStore {
  readonly #verifier = new ArtifactVerifier();

  constructor(private readonly drive: ObjectDrive, private readonly cache: ArtifactStore) {}

  async write(body: Readable, limits: WriteLimits): Promise<StoredArtifact> {
    const measured = new MeasuredBytes(limits);
    const incoming = `incoming/${newId()}`;
    try {
      await pipeline(body, measured, (bytes: AsyncIterable<Buffer>) => this.drive.put(incoming, bytes), { signal: limits.signal });
      const artifact = measured.result();
      await this.drive.publish(incoming, objectPath(artifact.digest));
      await this.#confirm(artifact);
      return artifact;
    } catch (error) {
      const failure = error instanceof PlatformError ? error : brokenBody(measured.sizeBytes, error);
      const removed = this.drive.remove(incoming).catch(() => undefined);
      // A storage that is away now keeps it, and `sweep` finds it there later: the sender has waited long enough.
      if (failure.code !== 'UNAVAILABLE') await removed;
      throw failure;
    }
  }

  async adopt(file: string, { digest, sizeBytes }: StoredArtifact): Promise<void> {
    await this.write(createReadStream(file), { maxBytes: Infinity, sizeBytes, digest });
  }

  async read(digest: string, range?: ByteRange): Promise<Readable> {
    const found = await this.#existing(digest);
    if (!range) return verified(await this.drive.get(found.key), digest);
    const part = withinBytes(range, found.sizeBytes);
    await this.#verifier.verify(digest, `${found.sizeBytes} ${found.modifiedAt.getTime()}`, () => this.drive.get(found.key));
    return this.drive.get(found.key, part);
  }

  async stat(digest: string): Promise<StoredArtifact | null> {
    const found = DIGEST.test(digest) ? await this.drive.stat(objectPath(digest)) : null;
    return found && { digest, sizeBytes: found.sizeBytes };
  }

  async delete(digest: string): Promise<void> {
    if (DIGEST.test(digest)) await this.drive.remove(objectPath(digest));
  }

  async localFile(digest: string): Promise<string> {
    const cached = await this.cache.localFile(digest).catch(nullIfUnusable);
    if (cached !== null) return cached;
    await this.cache.sweep(CACHED_MS);
    await this.cache.collect(CACHED_MS, EVERYTHING);
    const { key, sizeBytes } = await this.#existing(digest);
    await this.cache.write(await this.drive.get(key), { maxBytes: Infinity, sizeBytes, digest }).catch((error: unknown) => { throw asDownload(error, digest); });
    return this.cache.localFile(digest);
  }

  async sweep(idleMs: number): Promise<number> {
    let swept = await this.drive.abandon(idleMs);
    for await (const page of this.drive.list('incoming')) {
      for (const { key } of page.filter((found) => isOlder(found, idleMs))) {
        await this.drive.remove(key);
        swept += 1;
      }
    }
    return swept;
  }

  async collect(ageMs: number, links: ArtifactLinks): Promise<number> {
    let collected = 0;
    for await (const page of this.drive.list('objects')) {
      const digests = page.filter((found) => isOlder(found, ageMs)).map(({ key }) => key.slice(-64)).filter((name) => DIGEST.test(name));
      const linked = await links.linked(digests);
      for (const digest of digests.filter((name) => !linked.has(name))) {
        if (await links.whileUnlinked(digest, () => this.#deleteIfOlder(digest, ageMs))) collected += 1;
      }
    }
    return collected;
  }

  /** Looks again, under the lock: an upload of the same bytes may have renewed it since the list was read. */
  async #deleteIfOlder(digest: string, ageMs: number): Promise<boolean> {
    const found = await this.drive.stat(objectPath(digest));
    if (!found || !isOlder(found, ageMs)) return false;
    await this.drive.remove(found.key);
    return true;
  }

  /** What stands between us and a storage (a proxy, a captive portal) may answer success in its place. */
  async #confirm({ digest, sizeBytes }: StoredArtifact): Promise<void> {
    const found = await this.drive.stat(objectPath(digest));
    if (found?.sizeBytes !== sizeBytes) throw new PlatformError('UNAVAILABLE', 'The artifact store took the file and does not have it; try again.');
  }

  async #existing(digest: string): Promise<DriveObject> {
    const found = DIGEST.test(digest) ? await this.drive.stat(objectPath(digest)) : null;
    if (found) return found;
    throw new PlatformError('ARTIFACT_NOT_FOUND', `The artifact store does not hold ${digest.slice(0, 80)}.`);
  }
}

const EVERYTHING: ArtifactLinks = { linked: async () => new Set(), whileUnlinked: (_digest, remove) => remove() };

function verified(bytes: Readable, digest: string): Readable {
  // The one who reads the outer stream gets its error; the callback only keeps it from being thrown as well.
  return pipe(bytes, new VerifiedBytes(digest), () => undefined);
}

function isOlder({ modifiedAt }: DriveObject, ageMs: number): boolean {
  return Date.now() - modifiedAt.getTime() >= ageMs;
}

/** Not there yet, or spoilt on this machine's disk: both are mended by a download. */
/** A cache that holds nothing yet has no folder. */
function nullIfUnusable(error: unknown): null {
  if (error instanceof PlatformError && ['ARTIFACT_NOT_FOUND', 'ARTIFACT_CORRUPT', 'UNAVAILABLE'].includes(error.code)) return null;
  throw error;
}

/** The cache speaks of an upload; seen from the worker other bytes came than are stored under this digest, or the store broke off. */
function asDownload(error: unknown, digest: string): unknown {
  if (!(error instanceof PlatformError) || error.code !== 'UPLOAD_INCOMPLETE') return error;
  if (error.cause instanceof PlatformError) return error.cause;
  return corrupt(digest);
}
