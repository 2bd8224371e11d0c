import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import WebSocket from 'ws';
import { openDoors, post, type Doors } from '../support/door.gateway';
import { eventually } from '../support/eventually';

type Frame = string | Buffer;
const message = (type: string, rest: object = {}) => JSON.stringify({ type, ...rest });
const INIT = message('connection_init');
const subscribe = (id: unknown, payload: unknown = { query: 'subscription { ticks(last: 1) }' }) => message('subscribe', { id, payload });

/** Close codes of graphql-transport-ws (PROTOCOL.md of graphql-ws). */
const [BAD_REQUEST, UNAUTHORIZED, NO_SUBPROTOCOL, ID_TAKEN, TOO_MANY_INITS] = [4400, 4401, 4406, 4409, 4429];
/** Of RFC 6455. */
const [PROTOCOL_ERROR, NO_UTF8, TOO_LARGE] = [1002, 1007, 1009];

const ORDER: [name: string, frames: Frame[], code: number][] = [
  ['a subscription before the greeting', [subscribe('1')], UNAUTHORIZED],
  ['a subscription of another protocol', [message('start', { id: '1', payload: { query: '{ hello }' } })], BAD_REQUEST],
  ['two greetings', [INIT, INIT], TOO_MANY_INITS],
  ['a greeting after a subscription', [INIT, subscribe('1'), INIT], TOO_MANY_INITS],
  ['two operations of one id', [INIT, subscribe('1'), subscribe('1')], ID_TAKEN],
  ['our own acknowledgement', [INIT, message('connection_ack')], BAD_REQUEST],
  ['a result from a client', [INIT, message('next', { id: '1', payload: { data: {} } })], BAD_REQUEST],
  ['an error from a client', [INIT, message('error', { id: '1', payload: [{ message: 'a' }] })], BAD_REQUEST],
];

const SHAPES: [name: string, frames: Frame[], code: number][] = ([
  ['no JSON', 'hello'], ['an empty message', ''], ['null', 'null'], ['a number', '7'], ['a list', '[]'], ['an empty object', '{}'],
  ['a type that is a number', '{"type":7}'], ['a type that there is not', message('drop')], ['a type of every object', message('constructor')],
  ['a greeting that is a list', message('connection_init', { payload: [] })], ['a greeting that is text', message('connection_init', { payload: 'key' })],
  ['JSON that ends early', '{"type":"connection_init"'], ['100,000 brackets', '['.repeat(60_000)],
] as [string, string][]).map(([name, frame]) => [name, [frame], BAD_REQUEST]);

const OPERATIONS: [name: string, frames: Frame[], code: number][] = ([
  ['no id', message('subscribe', { payload: { query: '{ hello }' } })], ['an empty id', subscribe('')], ['an id that is a number', subscribe(7)],
  ['no payload', message('subscribe', { id: '1' })], ['a payload that is text', subscribe('1', '{ hello }')], ['a payload that is a list', subscribe('1', [])],
  ['no document', subscribe('1', {})], ['a document that is a number', subscribe('1', { query: 7 })], ['a document that is null', subscribe('1', { query: null })],
  ['variables that are text', subscribe('1', { query: '{ hello }', variables: '{}' })], ['a name that is an object', subscribe('1', { query: '{ hello }', operationName: {} })],
  ['extensions that are text', subscribe('1', { query: '{ hello }', extensions: 'x' })], ['an end without an id', message('complete')],
] as [string, string][]).map(([name, frame]) => [name, [INIT, frame], BAD_REQUEST]);

const SIZES: [name: string, frames: Frame[], code: number][] = [
  ['a message above 64 KiB', [INIT, 'x'.repeat(65_537)], TOO_LARGE],
  ['a greeting above 64 KiB', [message('connection_init', { payload: { authorization: 'x'.repeat(70_000) } })], TOO_LARGE],
];

/** Sends the frames, those behind a greeting once it is acknowledged. */
async function speak(socket: WebSocket, frames: readonly Frame[]): Promise<void> {
  await once(socket, 'open');
  const [first, ...rest] = frames;
  socket.send(first!);
  if (first === INIT) await once(socket, 'message');
  for (const frame of rest) socket.send(frame);
}

describe('hostile frames', () => {
  let doors: Doors;
  beforeAll(async () => { doors = await openDoors(); });
  afterAll(() => doors.close());

  it.each([...ORDER, ...SHAPES, ...OPERATIONS, ...SIZES])('%s ends the socket with its code', async (_name, frames, code) => {
    const socket = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
    const closed = once(socket, 'close') as Promise<[number]>;
    await speak(socket, frames);
    expect((await closed)[0]).toBe(code);
  });

  it.each([['none', undefined], ['that of Apollo\'s old transport', 'graphql-ws'], ['one that there is not', 'nonsense']])(
    'a socket of another protocol (%s) is ended', async (_name, protocol) => {
      const socket = new WebSocket(doors.socketUrl, protocol);
      const closed = await new Promise<number | Error>((resolve) => { socket.once('close', resolve).once('error', resolve); });
      expect(closed instanceof Error || closed === NO_SUBPROTOCOL).toBe(true);
    },
  );

  it.each([
    ['a document as text in bytes', [INIT, Buffer.from(subscribe('1', { query: '{ hello }' }))]],
    ['the end of what never began', [INIT, message('complete', { id: 'never' })]],
    ['a ping with a payload', [INIT, message('ping', { payload: { a: 'x'.repeat(1_000) } })]],
    ['200 pings', [INIT, ...Array.from({ length: 200 }, () => message('ping'))]],
  ] as [string, Frame[]][])('%s harms nobody', async (_name, frames) => {
    const socket = new WebSocket(doors.socketUrl, 'graphql-transport-ws');
    const answered = new Promise<void>((resolve) => { socket.on('message', (data) => { if (String(data).includes('"last"')) resolve(); }); });
    await speak(socket, [...frames, subscribe('last', { query: '{ hello }' })]);
    await answered;
    socket.terminate();
  });

  describe('below the protocol', () => {
    /** A client frame: FIN and opcode, masked as RFC 6455 wants it. */
    function frame(payload: Buffer, { opcode = 1, isMasked = true, isLast = true, reserved = 0 } = {}): Buffer {
      const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
      const body = isMasked ? Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]!)) : payload;
      return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | reserved | opcode, (isMasked ? 0x80 : 0) | payload.length]), mask, body]);
    }

    /** The code of the close frame with which the gateway answers. */
    async function closeCodeAfter(...frames: Buffer[]): Promise<number | null> {
      const socket = net.connect(doors.port, '127.0.0.1');
      const key = createHash('sha1').update('a').digest('base64').slice(0, 22);
      socket.write(`GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:${doors.port}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n`
        + `sec-websocket-key: ${key}==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`);
      for (const bytes of frames) socket.write(bytes);
      const received = Buffer.concat(await socket.toArray() as Buffer[]);
      const rest = received.subarray(received.indexOf('\r\n\r\n') + 4);
      return rest[0] === 0x88 ? rest.readUInt16BE(2) : null;
    }

    it.each([
      ['a frame without a mask', frame(Buffer.from('{}'), { isMasked: false }), PROTOCOL_ERROR],
      ['an opcode that there is not', frame(Buffer.from('{}'), { opcode: 3 }), PROTOCOL_ERROR],
      ['a reserved bit', frame(Buffer.from('{}'), { reserved: 0x40 }), PROTOCOL_ERROR],
      ['a continuation of nothing', frame(Buffer.from('{}'), { opcode: 0 }), PROTOCOL_ERROR],
      ['a ping in pieces', frame(Buffer.from('a'), { opcode: 9, isLast: false }), PROTOCOL_ERROR],
      ['a close code that there is not', frame(Buffer.from([0x00, 0x01]), { opcode: 8 }), PROTOCOL_ERROR],
      ['a close frame of one byte', frame(Buffer.from([0x03]), { opcode: 8 }), PROTOCOL_ERROR],
      ['text that is no UTF-8', frame(Buffer.from([0xff, 0xfe])), NO_UTF8],
      ['a close reason that is no UTF-8', frame(Buffer.from([0x03, 0xe8, 0xff]), { opcode: 8 }), NO_UTF8],
      ['a length of eight exabytes', Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), TOO_LARGE],
    ])('%s ends the socket with its code', async (_name, bytes, code) => {
      expect(await closeCodeAfter(bytes)).toBe(code);
    });

    it('a message in pieces that never ends is cut at the limit', async () => {
      const piece = (index: number) => frame(Buffer.alloc(125, 'x'), { opcode: index === 0 ? 1 : 0, isLast: false });
      expect(await closeCodeAfter(...Array.from({ length: 600 }, (_, index) => piece(index)))).toBe(TOO_LARGE);
    });
  });

  it('leave no socket and no stream behind, and the doors open', async () => {
    await eventually(() => expect(doors.tickers.every(({ isEnded }) => isEnded)).toBe(true));
    expect(doors.openStreams()).toBe(0);
    expect((await post(doors.url, '{ hello }')).body.data).toEqual({ hello: 'world' });
  });
});
