import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { newId } from '../../platform/uuid';
import { describeError } from './error.reply';

/** What Node's parser says of headers that do not fit. */
const HEADERS_TOO_LARGE = 'HPE_HEADER_OVERFLOW';

/** Answers on a bare connection, in the shape of the REST routes, and ends it. */
export function refuseConnection(duplex: Duplex, thrown: unknown, log: Log): void {
  const { status, error } = describeError(thrown, newId(), log);
  const body = JSON.stringify({ error });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  duplex.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers what came in and was no HTTP, or ended in the middle of its body. */
export function refuseGibberish(duplex: Duplex, { code }: NodeJS.ErrnoException, log: Log): void {
  if (code === 'ECONNRESET' || !duplex.writable) {
    duplex.destroy();
    return;
  }
  const expected = code === HEADERS_TOO_LARGE
    ? 'Headers of at most 16 KiB were expected.'
    : 'A whole HTTP/1.1 request was expected, with as many bytes of body as its Content-Length says.';
  refuseConnection(duplex, new PlatformError('BAD_USER_INPUT', expected), log);
}
