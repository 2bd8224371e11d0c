import net from 'node:net';
import { openDoors, post, type Doors, type GraphQLAnswer } from '../support/door.gateway';
import { HOSTILE_BODIES, type HostileBody } from './corpus/bodies';

/** Everything that comes back on a bare connection until it is closed. */
async function send(port: number, { headers = {}, body, isEnded = false }: HostileBody, extra: Record<string, string>): Promise<string> {
  const given: Record<string, string> = { host: `127.0.0.1:${port}`, connection: 'close', ...extra, ...headers };
  if (!('content-length' in given) && !('transfer-encoding' in given)) given['content-length'] = String(Buffer.byteLength(body));
  const head = `POST /graphql HTTP/1.1\r\n${Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const connection = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  connection.write(head);
  connection.write(body);
  if (isEnded) connection.end();
  const chunks: Buffer[] = [];
  for await (const chunk of connection) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('hostile bodies', () => {
  let doors: Doors;
  beforeAll(async () => { doors = await openDoors({ settings: { bodyMaxBytes: 1_048_576, bodyTimeoutMs: 300 } }); });
  afterAll(() => doors.close());

  const entries = HOSTILE_BODIES.map((body) => [body.name, body] as const);
  const doorsOf: [string, Record<string, string>][] = [['POST', {}], ['Server-Sent Events', { accept: 'text/event-stream' }]];

  describe.each(doorsOf)('through %s', (_door, extra) => {
    it.each(entries)('%s is refused with its status and code', async (_name, body) => {
      const answer = await send(doors.port, body, extra);
      // What is refused in an open stream is an event of it.
      const event = /^data: (\{.*)$/m.exec(answer)?.[1];
      expect(Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1])).toBe(event ? 200 : body.status);
      const told = JSON.parse(event ?? answer.slice(answer.indexOf('\r\n\r\n'))) as GraphQLAnswer & { error?: { code: string } };
      expect(told.error?.code ?? told.errors![0]!.extensions.code).toBe(body.code);
    });
  });

  it('leave the door open', async () => {
    expect((await post(doors.url, '{ hello }')).body.data).toEqual({ hello: 'world' });
  });
});
