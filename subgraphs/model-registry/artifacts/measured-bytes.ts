import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { PlatformError } from '../../../platform/errors';
import type { StoredArtifact, WriteLimits } from './artifact-store';

/** Passes bytes through, counts and hashes them, and fails when they are not what was announced. */
export class MeasuredBytes extends Transform {
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;
  #digest: string | null = null;

  constructor(private readonly limits: Pick<WriteLimits, 'maxBytes' | 'sizeBytes' | 'digest'>) {
    super();
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Once the stream has ended. */
  result(): StoredArtifact {
    if (this.#digest === null) throw new Error('The bytes have not ended yet.');
    return { digest: this.#digest, sizeBytes: this.#sizeBytes };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.limits.maxBytes) return done(tooLarge(this.limits.maxBytes));
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const digest = this.#hash.digest('hex');
    const { sizeBytes: announcedBytes, digest: announcedDigest } = this.limits;
    if (this.#sizeBytes === 0) return done(new PlatformError('UPLOAD_INCOMPLETE', 'The body is empty; send the file itself.'));
    if (announcedBytes !== null && announcedBytes !== this.#sizeBytes) {
      return done(new PlatformError('UPLOAD_INCOMPLETE', `${announcedBytes} bytes were announced, ${this.#sizeBytes} came.`, {
        announcedBytes, receivedBytes: this.#sizeBytes,
      }));
    }
    if (announcedDigest !== null && announcedDigest !== digest) {
      return done(new PlatformError('UPLOAD_INCOMPLETE', `The announced SHA-256 is ${announcedDigest}, the bytes have ${digest}.`, {
        announcedDigest, receivedDigest: digest,
      }));
    }
    this.#digest = digest;
    done();
  }
}

export function tooLarge(maxBytes: number): PlatformError {
  return new PlatformError('UPLOAD_TOO_LARGE', `The file is larger than the ${maxBytes} bytes allowed here.`, { maxBytes });
}

export function brokenBody(receivedBytes: number, cause: unknown): PlatformError {
  return new PlatformError(
    'UPLOAD_INCOMPLETE', `The body ended after ${receivedBytes} bytes: the connection broke. Send it again to the same URL.`, {}, { cause },
  );
}
