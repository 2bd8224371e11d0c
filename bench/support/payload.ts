import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

const BLOCK_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** A large body made of a small one, so that a client's disk is no part of what is measured. */
export class Payload {
  readonly sha256: string;
  readonly #chunks: Buffer[];

  constructor(readonly sizeBytes: number) {
    const block = randomBytes(BLOCK_BYTES);
    this.#chunks = Array.from({ length: BLOCK_BYTES / CHUNK_BYTES }, (_, at) => block.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES));
    const hash = createHash('sha256');
    for (const chunk of this.#all()) hash.update(chunk);
    this.sha256 = hash.digest('hex');
  }

  /** Sends it and answers what came back; rejects with what a refusal says. */
  send(method: 'PUT' | 'PATCH', url: string, headers: OutgoingHttpHeaders = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = http.request(url, { method, agent: false, headers: { ...headers, 'content-length': this.sizeBytes } }, (answer) => {
        text(answer).then((said) => {
          if ((answer.statusCode ?? 500) < 300) resolve(said);
          else reject(new Error(`${method} ${url} answered ${answer.statusCode}: ${said.slice(0, 500)}`));
        }, reject);
      });
      pipeline(Readable.from(this.#all(), { objectMode: false, highWaterMark: 4 * CHUNK_BYTES }), sent).catch(reject);
    });
  }

  *#all(): Generator<Buffer> {
    for (let left = this.sizeBytes, at = 0; left > 0; at += 1) {
      const chunk = this.#chunks[at % this.#chunks.length]!.subarray(0, left);
      left -= chunk.length;
      yield chunk;
    }
  }
}

/** Reads a body to its end and answers how long it was. */
export function receivedBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (answer: IncomingMessage) => {
      let sizeBytes = 0;
      answer.on('data', (chunk: Buffer) => { sizeBytes += chunk.length; }).once('error', reject).once('end', () => {
        if (answer.statusCode === 200) resolve(sizeBytes);
        else reject(new Error(`GET ${url} answered ${answer.statusCode}.`));
      });
    }).once('error', reject);
  });
}
