import type { WebSocket } from 'ws';
import type { StreamEnd, StreamPlace, StreamReader } from '../streams/stream.reader';
import { closeReason, TRY_AGAIN_LATER } from './socket.codes';

/** What may wait in this process for a socket that reads slowly, beside the frame that passes it. */
const MAX_WAITING_BYTES = 16 * 1024;

interface Waiting {
  resolve(end: IteratorReturnResult<undefined>): void;
  reject(reason: unknown): void;
}

/**
 * Carries a stream's results to one subscription of a socket (graphql-transport-ws, message `next`). They are text already, so the frames
 * go to the socket past the protocol's own serialiser; for the protocol this is an iterator that yields nothing and ends with the stream.
 */
export class SocketReader implements StreamReader, AsyncIterableIterator<never, undefined> {
  readonly #prefix: string;
  #place: StreamPlace | null = null;
  #end: StreamEnd | null = null;
  #waiting: Waiting | null = null;
  #count = 0;

  constructor(
    id: string, private readonly socket: WebSocket,
    /** Once: how many results were taken, and how it was over; null when the client has left. */
    private readonly onOver: (count: number, end: StreamEnd | null) => void,
  ) {
    this.#prefix = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  sit(place: StreamPlace): this {
    this.#place = place;
    return this;
  }

  take(result: string): boolean {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return false;
    this.#count += 1;
    const frame = `${this.#prefix}${result}}`;
    if (socket.bufferedAmount < MAX_WAITING_BYTES) {
      socket.send(frame);
      return true;
    }
    socket.send(frame, (error) => { if (!error) this.#place?.resume(); });
    return false;
  }

  end(end: StreamEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.onOver(this.#count, end);
    if (end.kind === 'too slow') this.socket.close(TRY_AGAIN_LATER, closeReason('Too slow: subscribe again behind the last event seen.'));
    if (this.#waiting) this.#settle(this.#waiting);
  }

  next(): Promise<IteratorReturnResult<undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#end) this.#settle(this.#waiting);
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#place?.leave();
    if (!this.#end) {
      this.#end = { kind: 'complete' };
      this.onOver(this.#count, null);
    }
    this.#waiting?.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  #settle({ resolve, reject }: Waiting): void {
    if (this.#end?.kind === 'failed') reject(this.#end.error);
    else resolve({ value: undefined, done: true });
  }
}
