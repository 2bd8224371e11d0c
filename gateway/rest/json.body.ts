import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PlatformError } from '../../platform/errors';

export interface JsonBodyOptions {
  maxBytes: number;
  /** What a whole body may take to come. */
  timeoutMs: number;
}

/**
 * Reads JSON bodies strictly: whole within a time, as UTF-8 (RFC 8259 §8.1; Node would put U+FFFD in the place of what is none), and
 * without `__proto__`. Bytes are read by no clock of the server's own, since uploads may take as long as they like.
 */
export function readJsonBodies(app: FastifyInstance, { maxBytes, timeoutMs }: JsonBodyOptions): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: maxBytes }, (request, body: Buffer, done) => {
    if (isUtf8(body)) return parse(request, body.toString(), done);
    return done(new PlatformError('BAD_USER_INPUT', 'The body is not UTF-8.'));
  });
  app.addHook('onRequest', async (request) => refuseEncoded(request));
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (!request.raw.complete) limitTime(payload as Readable, timeoutMs);
    done(null, payload);
  });
}

/** A body of few bytes may unfold into many: what is sent is what is counted. */
function refuseEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HttpRefusal(415, 'BAD_USER_INPUT', 'Bodies are read as they come; send it without Content-Encoding.');
  }
}

function limitTime(body: Readable, timeoutMs: number): void {
  const refuse = () => body.emit('error', new HttpRefusal(408, 'BODY_TOO_SLOW', `The body did not come within ${timeoutMs} ms.`));
  const timer = setTimeout(refuse, timeoutMs).unref();
  const settle = () => clearTimeout(timer);
  body.once('end', settle).once('close', settle).once('error', settle);
}

class HttpRefusal extends PlatformError {
  constructor(readonly statusCode: number, code: 'BAD_USER_INPUT' | 'BODY_TOO_SLOW', message: string) {
    super(code, message);
  }
}
