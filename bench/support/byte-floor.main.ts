import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * The least that a registry can do with bytes: a bare Node server that pipes `PUT` to a file of the folder it was given, with its SHA-256, and answers when the
 * disk has it; and pipes it back, with its SHA-256. No names, no rights, nothing that survives a half of it.
 */
const folder = process.argv[2]!;
const file = path.join(folder, 'floor.bin');

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  request.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(request, createWriteStream(file, { flush: true }));
  response.end(hash.digest('hex'));
}

async function send(response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  const bytes = createReadStream(file).on('data', (chunk) => hash.update(chunk));
  await pipeline(bytes, response);
}

async function forget(response: ServerResponse): Promise<void> {
  await rm(file, { force: true });
  response.end();
}

const server = http.createServer((request, response) => {
  const answer = request.method === 'PUT' ? receive(request, response) : request.method === 'DELETE' ? forget(response) : send(response);
  answer.catch((error: unknown) => response.destroy(error as Error));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
process.once('SIGTERM', () => process.exit(0));
