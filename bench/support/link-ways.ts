import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** A line of so many bytes a second. */
export function slowWay(bytesPerSecond: number): Transform {
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      await delay((chunk.length / bytesPerSecond) * 1_000);
      done(null, chunk);
    },
  });
}

/** A line that breaks once so many bytes have passed. */
export function breakingWay(afterBytes: number): Transform {
  let leftBytes = afterBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      leftBytes -= chunk.length;
      if (leftBytes < 0) done(new Error('The line broke.'));
      else done(null, chunk);
    },
  });
}
