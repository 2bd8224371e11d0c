import { Transform, type TransformCallback } from 'node:stream';
import { PlatformError } from '../../../platform/errors';

/** Passes at most so many bytes. */
export class LimitedBytes extends Transform {
  #seenBytes = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seenBytes += chunk.length;
    if (this.#seenBytes > this.maxBytes) done(new PlatformError('BODY_TOO_LARGE', `The request is larger than ${this.maxBytes} bytes.`));
    else done(null, chunk);
  }
}
