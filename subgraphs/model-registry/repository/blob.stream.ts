import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import { endGit, spawnGit } from './git-process';
import type { Repository } from './repository';

/** The bytes of a blob, or a part of them, none of it held. The Git behind it ends with its reader. */
export function streamBlob({ dir, environment }: Repository, id: string, range: ByteRange): Readable {
  const child = spawnGit(['cat-file', 'blob', id], { dir, environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const part = new PartOfBytes(range);
  child.once('error', (cause) => part.destroy(new PlatformError('UNAVAILABLE', 'The registry could not start git.', {}, { cause })));
  // The one who reads gets the error; the callback only ends what is not needed any more.
  pipeline(child.stdout!, part, () => endGit(child));
  return part;
}

/** Passes the bytes of a range, and breaks off when there are fewer. */
class PartOfBytes extends Transform {
  #at = 0;

  constructor(private readonly range: ByteRange) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { start, end } = this.range;
    const part = chunk.subarray(Math.max(start - this.#at, 0), Math.max(end + 1 - this.#at, 0));
    this.#at += chunk.length;
    done(null, part.length > 0 ? part : undefined);
  }

  override _flush(done: TransformCallback): void {
    done(this.#at > this.range.end ? null : new Error(`Git gave ${this.#at} bytes of a blob of which ${this.range.end + 1} were wanted.`));
  }
}
