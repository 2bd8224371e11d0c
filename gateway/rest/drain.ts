import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 5_000;

/** Reads a refused body to its end and drops it, up to a size and a time; resolves in any case. */
export function drain(body: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let seenBytes = 0;
    const timer = setTimeout(stop, TIMEOUT_MS);
    function stop(): void {
      clearTimeout(timer);
      body.off('data', count).off('end', stop).off('close', stop).off('error', stop);
      resolve();
    }
    function count(chunk: Buffer): void {
      seenBytes += chunk.length;
      if (seenBytes > MAX_BYTES) { body.pause(); stop(); }
    }
    if (body.complete || body.destroyed) { stop(); return; }
    // Whoever began to read it and gave up may no longer hold it back.
    body.unpipe();
    body.on('data', count).once('end', stop).once('close', stop).once('error', stop);
    body.resume();
  });
}
