import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Pool } from 'undici';
import { eventually } from '../../../test/support/eventually';
import { post } from './post';

let server: Server;
let pool: Pool;
const seen: { request: IncomingMessage; response: ServerResponse }[] = [];
const ASK = { path: '/', headers: { 'content-type': 'text/plain' }, body: 'hello' };

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => { seen.push({ request, response }); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1, maxResponseSize: 1_000 });
});

afterEach(async () => {
  await pool.destroy();
  server.closeAllConnections();
  server.close();
});

const asked = (count: number) => eventually(() => expect(seen).toHaveLength(count), { intervalMs: 5 });

describe('a post', () => {
  it('gives the whole answer, also where a character comes in two pieces', async () => {
    const answer = post(pool, ASK);
    await asked(1);
    const text = Buffer.from('naïve');
    seen[0]!.response.writeHead(418).write(text.subarray(0, 3));
    await new Promise(setImmediate);
    seen[0]!.response.end(text.subarray(3));
    expect(await answer).toEqual({ status: 418, text: 'naïve' });
  });

  it('ends with its signal while the answer comes, and breaks off the request', async () => {
    const caller = new AbortController();
    const answer = post(pool, { ...ASK, signal: caller.signal });
    await asked(1);
    const closed = once(seen[0]!.request.socket, 'close');
    seen[0]!.response.write('half');
    caller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await closed;
  });

  it('that waits for a connection ends with its signal, and is never sent', async () => {
    const first = post(pool, ASK);
    await asked(1);
    const caller = new AbortController();
    const second = post(pool, { ...ASK, body: 'second', signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    const third = post(pool, { ...ASK, body: 'third' });
    seen[0]!.response.end('1');
    expect((await first).text).toBe('1');
    await asked(2);
    expect(seen[1]!.request.headers['content-length']).toBe('5');
    seen[1]!.response.end('3');
    expect((await third).text).toBe('3');
  });

  it('is not begun for a signal that has fallen', async () => {
    await expect(post(pool, { ...ASK, signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(seen).toEqual([]);
  });

  it('refuses an answer beyond the size, and tells of a connection that breaks', async () => {
    const large = post(pool, ASK);
    await asked(1);
    seen[0]!.response.end('x'.repeat(2_000));
    await expect(large).rejects.toMatchObject({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
    const broken = post(pool, ASK);
    await asked(2);
    seen[1]!.request.socket.destroy();
    await expect(broken).rejects.toMatchObject({ code: expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/) });
  });
});
