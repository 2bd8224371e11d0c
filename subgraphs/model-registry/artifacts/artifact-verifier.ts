import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PlatformError } from '../../../platform/errors';

const MAX_REMEMBERED = 1_000;

/** Reads a file against its digest: once per file and process, as long as its size and time of change stay the same. */
export class ArtifactVerifier {
  readonly #verified = new Map<string, string>();

  /** @throws ARTIFACT_CORRUPT */
  async verify(file: string, digest: string): Promise<void> {
    const { size, mtimeMs, ino } = await stat(file);
    const mark = `${size} ${mtimeMs} ${ino}`;
    if (this.#verified.get(digest) === mark) return;
    const hash = createHash('sha256');
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
    if (hash.digest('hex') !== digest) {
      throw new PlatformError('ARTIFACT_CORRUPT', `The stored bytes of ${digest} do not match their digest; push the file again.`, {
        digest,
      });
    }
    this.#remember(digest, mark);
  }

  #remember(digest: string, mark: string): void {
    if (this.#verified.size >= MAX_REMEMBERED) this.#verified.clear();
    this.#verified.set(digest, mark);
  }
}
