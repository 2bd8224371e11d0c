import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteReply, ByteRoute } from '../../platform/bytes/byte-route';
import { PlatformError } from '../../platform/errors';
import { eventually } from '../support/eventually';
import { exchange, openDoors, type Doors } from '../support/door.gateway';

const MIB = 1024 * 1024;

/** A stand-in for a subgraph's bytes: hashes uploads, makes downloads, refuses in all the ways. */
class Files {
  readonly started: AbortSignal[] = [];
  aborted = 0;
  drainedDownloads = 0;

  readonly route: ByteRoute = async ({ method, path, headers, body, signal, scope }): Promise<ByteReply> => {
    this.started.push(signal);
    signal.addEventListener('abort', () => { this.aborted += 1; });
    if (path.startsWith('/files/who')) return { status: 200, body: scope.caller.name };
    if (path.startsWith('/files/gone')) throw new PlatformError('UPLOAD_NOT_FOUND', 'The upload URL is unknown.', { hint: 'ask again' });
    if (path.startsWith('/files/broken')) throw new Error('password=hunter2');
    if (method === 'PUT' && path.startsWith('/files/small')) return this.#atMost(1_000, body);
    if (method === 'PUT') return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(await digestOf(body)) };
    if (headers.range) return { status: 206, headers: { 'content-range': `${headers.range.replace('=', ' ')}/9` }, body: 'part' };
    return { status: 200, headers: { 'content-length': String(64 * MIB), etag: '"one"' }, body: this.#endless(64) };
  };

  async #atMost(maxBytes: number, body: Readable): Promise<never> {
    let seen = 0;
    await pipeline(body, async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        seen += chunk.length;
        if (seen > maxBytes) throw new PlatformError('UPLOAD_TOO_LARGE', `At most ${maxBytes} bytes were expected.`);
        yield chunk;
      }
    }, new PassThrough().resume());
    throw new Error('unreachable');
  }

  #endless(mebibytes: number): Readable {
    const stream = Readable.from(chunks(mebibytes), { objectMode: false });
    stream.once('close', () => { this.drainedDownloads += 1; });
    return stream;
  }
}

function* chunks(mebibytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB, 7);
  for (let count = 0; count < mebibytes; count += 1) yield chunk;
}

async function digestOf(body: Readable): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) { hash.update(chunk); sizeBytes += chunk.length; }
  return { sizeBytes, sha256: hash.digest('hex') };
}

let doors: Doors;
let files: Files;
beforeAll(async () => {
  files = new Files();
  doors = await openDoors({ byteRoutes: [{ prefix: '/files/', route: files.route }] });
});
afterAll(() => doors.close());

function upload(path: string, mebibytes: number): Promise<{ status: number; text: string; isSent: boolean }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${doors.url}${path}`, { method: 'PUT', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += String(chunk); }).on('end', () => resolve({ status: response.statusCode!, text, isSent: sent.writableFinished }));
    });
    sent.on('error', reject);
    Readable.from(chunks(mebibytes), { objectMode: false }).pipe(sent);
  });
}

describe('a byte route', () => {
  it('streams 200 MiB up with flat memory', async () => {
    const expected = createHash('sha256');
    for (const chunk of chunks(200)) expected.update(chunk);
    global.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const sampler = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss); }, 5);
    const { status, text } = await upload('/files/model', 200).finally(() => clearInterval(sampler));
    expect([status, JSON.parse(text)]).toEqual([201, { sizeBytes: 200 * MIB, sha256: expected.digest('hex') }]);
    // Both ends live in this process; buffering the body anywhere would add 200 MiB.
    expect(peak - before).toBeLessThan(100 * MIB);
  });

  it('passes HEAD and ranges through', async () => {
    const head = await exchange(`${doors.url}/files/model`, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.headers['etag'], head.text]).toEqual([200, String(64 * MIB), '"one"', '']);
    const part = await exchange(`${doors.url}/files/model`, { headers: { range: 'bytes=0-3' } });
    expect([part.status, part.headers['content-range'], part.text]).toEqual([206, 'bytes 0-3/9', 'part']);
  });

  it('answers a refusal with the status of its code', async () => {
    const gone = await exchange(`${doors.url}/files/gone`, { method: 'PUT', body: 'bytes', headers: { 'x-request-id': 'trace-2' } });
    expect([gone.status, JSON.parse(gone.text)]).toEqual([404, { error: { code: 'UPLOAD_NOT_FOUND', message: 'The upload URL is unknown.', requestId: 'trace-2', hint: 'ask again' } }]);
    const broken = await exchange(`${doors.url}/files/broken`);
    expect([broken.status, broken.text]).toEqual([500, expect.not.stringContaining('hunter2')]);
    const nowhere = await exchange(`${doors.url}/nowhere`);
    expect([nowhere.status, (JSON.parse(nowhere.text) as { error: { code: string } }).error.code]).toEqual([404, 'BAD_USER_INPUT']);
  });

  it('still answers when the route gives up in the middle of a body', async () => {
    expect(await upload('/files/small', 14)).toMatchObject({ status: 413, isSent: true, text: expect.stringContaining('UPLOAD_TOO_LARGE') });
    expect(await upload('/files/gone', 14)).toMatchObject({ status: 404, isSent: true });
  });

  it('ends both ends when the client goes away', async () => {
    const abortedBefore = files.aborted;
    const sent = httpRequest(`${doors.url}/files/model`, { agent: false }, (response) => { response.once('data', () => sent.destroy()); });
    sent.on('error', () => undefined).end();
    await eventually(() => expect(files.aborted).toBe(abortedBefore + 1));
    await eventually(() => expect(files.drainedDownloads).toBeGreaterThan(0));
    const seen = files.started.length;
    const put = httpRequest(`${doors.url}/files/model`, { method: 'PUT', agent: false, headers: { 'content-length': '1000' } });
    put.on('error', () => undefined).write('half');
    await eventually(() => expect(files.started).toHaveLength(seen + 1));
    put.destroy();
    await eventually(() => expect(files.started[seen]!.aborted).toBe(true));
  });

  it('takes the bearer of a URL without a key for nobody, and refuses an invalid key', async () => {
    const network = await openDoors({ settings: { host: '0.0.0.0' }, byteRoutes: [{ prefix: '/files/', route: files.route }] });
    try {
      expect((await exchange(`${network.url}/files/who`)).text).toBe('anonymous');
      expect((await exchange(`${network.url}/files/who`, { headers: { authorization: 'Bearer ada-key' } })).text).toBe('Ada');
      expect((await exchange(`${network.url}/files/who`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    } finally {
      await network.close();
    }
    expect((await exchange(`${doors.url}/files/who`)).text).toBe('bootstrap-admin');
  });
});

describe('health', () => {
  it('says which part is missing', async () => {
    const reasons: Record<string, string | null> = { inference: null, deployment: 'connection refused' };
    const checks = Object.keys(reasons).map((part) => ({ part, check: async () => reasons[part]! }));
    const server = await openDoors({ readiness: () => checks });
    try {
      expect((await exchange(`${server.url}/livez`)).status).toBe(200);
      const missing = await exchange(`${server.url}/readyz`);
      expect([missing.status, JSON.parse(missing.text)]).toEqual([503, { status: 'not ready', parts: ['inference', 'deployment'], missing: [{ part: 'deployment', reason: 'connection refused' }] }]);
      reasons['deployment'] = null;
      expect((await exchange(`${server.url}/readyz`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
