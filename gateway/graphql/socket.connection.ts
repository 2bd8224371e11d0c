import type { IncomingMessage } from 'node:http';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';

/** What is known of a socket beside the protocol's own state. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** What the client showed when it connected; its header, unless connectionParams hold one. */
  authorization: string | undefined;
  /** Falls to false at each ping and back to true at the pong. */
  isAlive: boolean;
}

/** What ws says of a message above `maxPayload`. */
const FRAME_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** What graphql-ws throws at a client that sends what only servers send. */
const OF_SERVERS = 'Unexpected message of type';

/** Bytes that may wait for a peer that sends but does not read. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/**
 * Joins one WebSocket to the protocol's state machine. In place of `graphql-ws/use/ws`, which writes what a client did wrong to
 * the console. `send` resolves when the frame has left us: this is what holds a subscription back for a slow reader.
 */
export function openConnection(server: Server<SocketExtra>, extra: SocketExtra, { log, onFrameTooLarge }: { log: Log; onFrameTooLarge(): void }): void {
  const { socket } = extra;
  const closed = server.opened({
    protocol: socket.protocol,
    send: (data) => new Promise<void>((resolve, reject) => {
      // Resolving here would let a source that never waits run on, unread, and starve the very event that ends it.
      if (socket.readyState !== socket.OPEN) return reject(new Error('The socket is closed.'));
      socket.send(data, (error) => (error ? reject(error) : resolve()));
    }),
    close: (code, reason) => socket.close(code, reason),
    onMessage: (listener) => socket.on('message', (data) => {
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) return socket.terminate();
      listener(String(data)).catch((error: unknown) => {
        if (socket.readyState !== socket.OPEN) return;
        if (messageOf(error).startsWith(OF_SERVERS)) return socket.close(CloseCode.BadRequest, 'Only servers send this');
        log.error({ err: error }, 'websocket message failed');
        socket.close(CloseCode.InternalServerError, 'Internal server error');
      });
    }),
  }, extra);
  socket.on('pong', () => { extra.isAlive = true; });
  // A frame above the limit or no proper frame: ws has closed the socket with the fitting code already.
  socket.on('error', (error) => {
    if ((error as NodeJS.ErrnoException).code === FRAME_TOO_LARGE) onFrameTooLarge();
    log.debug({ reason: messageOf(error) }, 'websocket failed');
  });
  socket.once('close', (code, reason) => {
    closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'websocket close failed'));
  });
}
