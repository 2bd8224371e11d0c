import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/**
 * Streams a new file to the datanode that the namenode named. By Node's own client: datanodes say "100 Continue" unasked, which undici
 * takes for a broken answer.
 */
export function uploadToDatanode(url: string, body: Readable, idleMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const sent = client.request(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, timeout: idleMs });
    sent.once('timeout', () => sent.destroy(new Error(`The datanode took nothing for ${idleMs} ms.`)));
    sent.once('response', (answer) => {
      text(answer).then((said) => {
        if (answer.statusCode === 201) return resolve();
        reject(new Error(`The datanode answered ${answer.statusCode}: ${said.slice(0, 500)}`));
      }, reject);
    });
    pipeline(body, sent).catch(reject);
  });
}

/** Its answer, to be read; by Node's own client as well, since undici ends the process when a datanode closes a connection whose reader pauses. */
export function openOnDatanode(url: string, idleMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const asked = client.get(url, { timeout: idleMs }, (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      answer.resume();
      reject(new Error(`The datanode answered ${answer.statusCode}.`));
    });
    asked.once('timeout', () => asked.destroy(new Error(`The datanode sent nothing for ${idleMs} ms.`)));
    asked.once('error', reject);
  });
}
