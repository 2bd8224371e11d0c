import type { Socket } from 'node:net';
import type { LinkFault } from './faulty-link';

const HUGE_BYTES = 12 * 1024 * 1024;
const DRIP_EVERY_MS = 50;

/** Every answer, whole. */
function answering(status: string, type: string, body: string, headers = ''): LinkFault {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return onRequest((connection) => connection.write(head + body));
}

function onRequest(act: (connection: Socket) => void): LinkFault {
  return (connection) => { connection.on('data', () => act(connection)); };
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
const JSON_TYPE = 'application/json';

/** The ways in which a subgraph fails to answer, or answers what is none. */
export const LINK_FAULTS: Readonly<Record<string, LinkFault>> = {
  'refuses connections': (connection) => connection.resetAndDestroy(),
  'is silent': () => undefined,
  'sends headers alone': onRequest((connection) => connection.write(HEAD)),
  'drips': onRequest((connection) => {
    connection.write(HEAD);
    const timer = setInterval(() => connection.write(' '), DRIP_EVERY_MS);
    connection.once('close', () => clearInterval(timer));
  }),
  'breaks off before its answer': onRequest((connection) => connection.destroy()),
  'breaks off within its answer': onRequest((connection) => connection.end(`${HEAD}{"data":`)),
  'answers half a JSON': answering('200 OK', JSON_TYPE, '{"data":{"items":[{"id":'),
  'answers HTML': answering('200 OK', 'text/html', '<html>Welcome</html>'),
  'is away behind a proxy': answering('503 Service Unavailable', 'text/html', '<html>No server</html>'),
  'answers 12 MB': answering('200 OK', JSON_TYPE, `{"data":{"items":[],"filler":"${'x'.repeat(HUGE_BYTES)}"}}`),
  'sends elsewhere': answering('307 Temporary Redirect', JSON_TYPE, '', 'location: /api\r\n'),
  'speaks no HTTP': onRequest((connection) => connection.write('SSH-2.0-OpenSSH_9.2\r\n')),
  'answers no data': answering('200 OK', JSON_TYPE, '{"data":[1,2],"errors":"many"}'),
  'answers wrong types': answering(
    '200 OK', JSON_TYPE, '{"data":{"items":[{"__typename":"Box","id":null,"name":{}}],"_entities":[{"__typename":"Box","price":"much"}],"extra":1}}',
  ),
};
