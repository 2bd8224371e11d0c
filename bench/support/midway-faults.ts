import type { MidwayFault } from './faulty-link';

export type StreamProtocol = 'graphql-ws' | 'sse';

const HUGE_BYTES = 12 * 1024 * 1024;

/** A message in place of the server's: a text frame (RFC 6455 §5.2), or a chunk (RFC 9112 §7.1) of an event stream. */
function saying(text: string): (protocol: StreamProtocol) => MidwayFault {
  return (protocol) => (connection, onward) => {
    onward.unpipe(connection);
    const body = Buffer.from(protocol === 'sse' ? `event: next\ndata: ${text}\n\n` : text);
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(body.length));
    const head = protocol === 'sse' ? `${body.length.toString(16)}\r\n` : Buffer.concat([Buffer.from([0x81, 127]), length]);
    for (const part of [head, body, protocol === 'sse' ? '\r\n' : '']) connection.write(part);
  };
}

const raw = (act: MidwayFault) => () => act;

/** The ways in which a stream that has begun well breaks. */
export const MIDWAY_FAULTS: Readonly<Record<string, (protocol: StreamProtocol) => MidwayFault>> = {
  'breaks off': raw((connection) => connection.resetAndDestroy()),
  'ends without a word': raw((connection, onward) => { onward.unpipe(connection); connection.end(); }),
  'says gibberish': raw((connection, onward) => { onward.unpipe(connection); connection.write('\u00ff\u0000SSH-2.0\r\n\r\n'); }),
  'says what is no JSON': saying('<html>'),
  'says half a JSON': saying('{"data":{"itemChanged":'),
  'says what is no result': saying('[1,2]'),
  'says 12 MB': saying(`{"data":{"itemChanged":{"id":"${'x'.repeat(HUGE_BYTES)}"}}}`),
};
