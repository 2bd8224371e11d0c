import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { corrupt } from './verified-bytes';

const MAX_REMEMBERED = 1_000;

/** Reads an object against its digest: once per process, as long as `mark`, which tells one state of its bytes from another, stays the same. */
export class ArtifactVerifier {
  readonly #verified = new Map<string, string>();

  /** @throws ARTIFACT_CORRUPT */
  async verify(digest: string, mark: string, open: () => Promise<Readable>): Promise<void> {
    if (this.#verified.get(digest) === mark) return;
    const hash = createHash('sha256');
    await pipeline(await open(), hash);
    if (hash.digest('hex') !== digest) throw corrupt(digest);
    this.#remember(digest, mark);
  }

  #remember(digest: string, mark: string): void {
    if (this.#verified.size >= MAX_REMEMBERED) this.#verified.clear();
    this.#verified.set(digest, mark);
  }
}
