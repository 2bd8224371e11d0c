import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { StreamEnd, StreamPlace, StreamReader } from '../streams/stream.reader';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Of nginx: events are not to be gathered.
  'x-accel-buffering': 'no',
};
/** A comment, which clients skip (HTML standard, 9.2.6). */
const BEAT = ':\n\n';
/** `EventSource` drops an event without data. */
const COMPLETE = 'event: complete\ndata: \n\n';

/**
 * One operation over Server-Sent Events ("distinct connections" of the GraphQL over SSE protocol): `next` events with results, then
 * `complete`. A connection that ends without `complete` is opened again by clients of graphql-sse.
 */
export class EventConnection implements StreamReader {
  #place: StreamPlace | null = null;
  #count = 0;
  #isOver = false;
  /** Whether the last beat found it full. */
  #wasFull = false;

  constructor(
    private readonly response: ServerResponse,
    /** Once: how many results were taken, and how it was over; null when the client has left. */
    private readonly onOver: (count: number, end: StreamEnd | null) => void,
  ) {
    response.once('close', () => this.#leave());
  }

  open(headers: OutgoingHttpHeaders): void {
    this.response.writeHead(200, { ...headers, ...HEADERS });
    this.response.write(BEAT);
  }

  sit(place: StreamPlace): void {
    this.#place = place;
    if (this.#isOver) place.leave();
  }

  take(result: string): boolean {
    this.#count += 1;
    if (this.response.write(`event: next\ndata: ${result}\n\n`)) return true;
    this.response.once('drain', () => this.#place?.resume());
    return false;
  }

  end(end: StreamEnd): void {
    this.#over(end);
    if (end.kind === 'too slow') this.response.destroy();
    else if (end.kind === 'failed') this.refuse([end.error]);
    else this.response.end(COMPLETE);
  }

  /** The protocol tells refusals as a result. */
  refuse(errors: readonly GraphQLError[]): void {
    this.#over({ kind: 'complete' });
    this.response.end(`event: next\ndata: ${JSON.stringify({ errors })}\n\n${COMPLETE}`);
  }

  /** Keeps proxies from closing it; one that has taken nothing between two beats is given up. */
  beat(): void {
    const isFull = this.response.writableNeedDrain;
    if (isFull && this.#wasFull) this.response.destroy();
    else if (!isFull) this.response.write(BEAT);
    this.#wasFull = isFull;
  }

  /** Ends it so that the client opens another. */
  interrupt(): void {
    const { socket } = this.response;
    // Kept alive it would hold up a gateway that stops.
    this.response.end(() => socket?.end());
    this.#leave();
  }

  #leave(): void {
    this.#place?.leave();
    this.#over(null);
  }

  #over(end: StreamEnd | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onOver(this.#count, end);
  }
}
