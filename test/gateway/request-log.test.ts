import { Writable } from 'node:stream';
import { pino } from 'pino';
import { connect, exchange, openDoors, post, type Doors } from '../support/door.gateway';
import { eventually } from '../support/eventually';

interface Line { msg: string; door: string; [field: string]: unknown }

describe('the request log', () => {
  const text: string[] = [];
  const lines = () => text.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'request');
  let doors: Doors;
  beforeAll(async () => {
    const sink = new Writable({ write(chunk: Buffer, _encoding, done) { text.push(String(chunk)); done(); } });
    const bytes = { prefix: '/uploads/', route: async () => ({ status: 200, body: 'ok' }) };
    doors = await openDoors({ log: pino({ level: 'info', base: null }, sink), byteRoutes: [bytes] });
  });
  beforeEach(() => { text.length = 0; });
  afterAll(() => doors.close());

  it('has one line for each operation over HTTP, with what it was and how it ended', async () => {
    const { headers } = await post(doors.url, 'query Names { hello refused }');
    await eventually(() => expect(lines()).toEqual([expect.objectContaining({
      door: 'graphql', requestId: headers['x-request-id'], method: 'POST', status: 200, operation: 'Names', kind: 'query',
      codes: ['MODEL_NOT_FOUND'], principalId: expect.any(String), durationMs: expect.any(Number),
    })]));
  });

  it.each([['{', 'GRAPHQL_PARSE_FAILED', 400], ['', 'BAD_USER_INPUT', 400]])('has one line for the refused document "%s"', async (query, code, status) => {
    await post(doors.url, query);
    await eventually(() => expect(lines()).toEqual([expect.objectContaining({ door: 'graphql', codes: [code], status })]));
  });

  it('has one line for each operation over WebSocket, a subscription when it ends', async () => {
    const { client } = connect(doors.socketUrl);
    for await (const result of client.iterate({ query: 'subscription Ticks { ticks(last: 3) }' })) if ((result.data as { ticks: number }).ticks === 3) break;
    await expect(client.iterate({ query: '{ nothing }' }).next()).rejects.toBeDefined();
    await client.dispose();
    await eventually(() => expect(lines()).toHaveLength(2));
    expect(lines()).toEqual(expect.arrayContaining([
      expect.objectContaining({ door: 'websocket', operation: 'Ticks', kind: 'subscription', results: 3 }),
      expect.objectContaining({ door: 'websocket', codes: ['GRAPHQL_VALIDATION_FAILED'] }),
    ]));
  });

  it('tells no token and no key', async () => {
    await exchange(`${doors.url}/uploads/signed-token?signature=secret`, { method: 'PUT', body: 'x' });
    await post(doors.url, '{ hello }', { headers: { authorization: 'Bearer ada-key' } });
    await eventually(() => expect(lines()).toHaveLength(2));
    expect(lines()[0]).toMatchObject({ door: 'bytes', prefix: '/uploads/', status: 200 });
    expect(text.join('')).not.toMatch(/signed-token|secret|ada-key/);
  });

  it('holds a masked fault whole, under the id that the client got', async () => {
    const { body } = await post(doors.url, '{ crash }');
    const fault = () => text.map((line) => JSON.parse(line) as Line).find(({ msg }) => msg === 'request failed');
    await eventually(() => expect(fault()).toMatchObject({ requestId: body.errors![0]!.extensions.requestId, path: ['crash'], err: { message: expect.stringContaining('hunter2') } }));
  });
});
