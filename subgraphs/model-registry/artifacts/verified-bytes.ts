import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { PlatformError } from '../../../platform/errors';

/**
 * Passes the bytes of a whole object through, one chunk behind: the last leaves only once all of them match the digest. A reader of
 * spoilt bytes sees its stream break off with ARTIFACT_CORRUPT, never its end.
 */
export class VerifiedBytes extends Transform {
  readonly #hash = createHash('sha256');
  #held: Buffer | null = null;

  constructor(private readonly digest: string) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    const ready = this.#held;
    this.#held = chunk;
    done(null, ready ?? undefined);
  }

  override _flush(done: TransformCallback): void {
    if (this.#hash.digest('hex') !== this.digest) return done(corrupt(this.digest));
    done(null, this.#held ?? undefined);
  }
}

export function corrupt(digest: string): PlatformError {
  return new PlatformError('ARTIFACT_CORRUPT', `The stored bytes of ${digest} do not match their digest; push the file again.`, { digest });
}
