import { gzipSync } from 'node:zlib';

/** Bytes on a bare connection, after which ours ends or waits. */
export interface HostileBody {
  name: string;
  /** Of POST /graphql; `host` and `content-length` are added unless they are here. */
  headers?: Record<string, string>;
  body: string | Buffer;
  status: number;
  code: string;
  /** Nothing more is sent, and the connection is ended from our side after the body. */
  isEnded?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const json = (value: unknown) => JSON.stringify(value);
const HELLO = json({ query: '{ hello }' });
const input = (entries: [name: string, body: string | Buffer][]): HostileBody[] => (
  entries.map(([name, body]) => ({ name, body, headers: JSON_TYPE, status: 400, code: 'BAD_USER_INPUT' })));
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

const shapes = input([
  ['nothing', ''], ['null', 'null'], ['a number', '7'], ['a text', '"{ hello }"'], ['an empty list', '[]'], ['an empty object', '{}'],
  ['a batch of one', `[${HELLO}]`], ['a batch of 1,000', `[${Array.from({ length: 1_000 }, () => HELLO).join(',')}]`],
  ['JSON that ends early', '{"query": "{ hello }'], ['JSON with a comma too many', '{"query":"{ hello }",}'], ['two documents', HELLO + HELLO],
  ['JSON with a comment', '{"query":"{ hello }" /* */}'], ['single quotes', "{'query':'{ hello }'}"], ['100,000 opening brackets', '['.repeat(100_000)],
  ['a __proto__', '{"query":"{ hello }","__proto__":{"isOperator":true}}'],
  ['a constructor with a prototype', '{"query":"{ hello }","constructor":{"prototype":{"isOperator":true}}}'],
  ['a document that is a number', '{"query":7}'], ['a document that is a list', '{"query":["{ hello }"]}'], ['a document that is a tree', json({ query: { kind: 'Document' } })],
  ['an empty document', '{"query":""}'], ['no document', '{"variables":{}}'], ['variables that are text', json({ query: '{ hello }', variables: '{}' })],
  ['variables that are a list', json({ query: '{ hello }', variables: [1] })], ['a name that is a number', json({ query: '{ hello }', operationName: 7 })],
  ['extensions that are text', json({ query: '{ hello }', extensions: 'x' })], ['an id that is a number', json({ documentId: 7 })],
  ['a hash that is an object', json({ extensions: { persistedQuery: { version: 1, sha256Hash: {} } } })],
  ['a hash of something else', json({ query: '{ hello }', extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } })],
]);

const encodings = input([
  ['a byte that UTF-8 has not', bytes('{"query":"{ hello } # ', [0xff], '"}')], ['a sequence that ends early', bytes('{"query":"{ hello } # ', [0xe2, 0x82], '"}')],
  ['an overlong slash', bytes('{"query":"{ hello } # ', [0xc0, 0xaf], '"}')], ['half a surrogate pair in bytes', bytes('{"query":"{ hello } # ', [0xed, 0xa0, 0x80], '"}')],
  ['UTF-16', Buffer.from(HELLO, 'utf16le')], ['zero bytes', Buffer.alloc(1_000)],
  ['random bytes', Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 7919 + 13) % 256))],
]);

const types: HostileBody[] = [
  ...(['application/graphql', 'application/xml', 'text/html', 'image/png', 'application/json5', 'nonsense'].map((type) => (
    { name: `the media type ${type}`, headers: { 'content-type': type }, body: HELLO, status: 415, code: 'BAD_USER_INPUT' }))),
  { name: 'no media type', body: HELLO, status: 415, code: 'BAD_USER_INPUT' },
  { name: 'a form of another site', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={hello}', status: 415, code: 'BAD_USER_INPUT' },
  { name: 'a file upload of another site', headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: '--a--', status: 415, code: 'BAD_USER_INPUT' },
  { name: 'plain text of another site', headers: { 'content-type': 'text/plain' }, body: HELLO, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a megabyte packed in a thousand bytes', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(1_000_000, ' ')), status: 415, code: 'BAD_USER_INPUT' },
  { name: 'an encoding that there is not', headers: { ...JSON_TYPE, 'content-encoding': 'rot13' }, body: HELLO, status: 415, code: 'BAD_USER_INPUT' },
];

const lengths: HostileBody[] = [
  { name: 'one byte too many', headers: JSON_TYPE, body: json({ query: `{ hello } #${'x'.repeat(1_048_576 - 22)}` }), status: 413, code: 'BODY_TOO_LARGE' },
  { name: 'a length beyond the limit', headers: { ...JSON_TYPE, 'content-length': '99999999999' }, body: HELLO, status: 413, code: 'BODY_TOO_LARGE' },
  { name: 'a length that is no number', headers: { ...JSON_TYPE, 'content-length': 'many' }, body: HELLO, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a length below nothing', headers: { ...JSON_TYPE, 'content-length': '-1' }, body: HELLO, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'fewer bytes than it says', headers: { ...JSON_TYPE, 'content-length': '1000' }, body: HELLO, status: 400, code: 'BAD_USER_INPUT', isEnded: true },
  { name: 'a length less than its JSON', headers: { ...JSON_TYPE, 'content-length': '5' }, body: HELLO, status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a length and chunks', headers: { ...JSON_TYPE, 'content-length': '4', 'transfer-encoding': 'chunked' }, body: '0\r\n\r\n', status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a chunk that lies', headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, body: 'zz\r\nabc\r\n0\r\n\r\n', status: 400, code: 'BAD_USER_INPUT' },
  { name: 'a chunk that never ends', headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, body: 'ff\r\nabc', status: 400, code: 'BAD_USER_INPUT', isEnded: true },
  { name: 'a body that never comes', headers: { ...JSON_TYPE, 'content-length': '1000' }, body: '', status: 408, code: 'BODY_TOO_SLOW' },
  { name: 'a body of which half never comes', headers: { ...JSON_TYPE, 'content-length': '1000' }, body: '{"query": "{ hello', status: 408, code: 'BODY_TOO_SLOW' },
];

export const HOSTILE_BODIES: readonly HostileBody[] = [...shapes, ...encodings, ...types, ...lengths];
