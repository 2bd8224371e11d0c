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

/** How a stream is written as events. */
export interface EventFormat {
  result(json: string): string;
  refusal(errors: readonly GraphQLError[]): string;
  /** Written at the end of a stream that is over. */
  readonly complete: string;
}

/** "Distinct connections" of the GraphQL over SSE protocol: `next` events with results, a refusal as a result, then `complete`. */
const GRAPHQL_EVENTS: EventFormat = {
  result: (json) => `event: next\ndata: ${json}\n\n`,
  refusal: (errors) => `event: next\ndata: ${JSON.stringify({ errors })}\n\n`,
  complete: COMPLETE,
};

/** One operation over Server-Sent Events. A connection that ends before its stream is over is opened again by its client. */
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
    private readonly format: EventFormat = GRAPHQL_EVENTS,
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
    if (this.response.write(this.format.result(result))) return true;
    this.response.once('drain', () => this.#place?.resume());
    return false;
  }

  end(end: StreamEnd): void {
    this.#over(end);
    if (end.kind === 'too slow') this.response.destroy();
    else if (end.kind === 'failed') this.refuse([end.error]);
    else this.response.end(this.format.complete);
  }

  refuse(errors: readonly GraphQLError[]): void {
    this.#over({ kind: 'complete' });
    this.response.end(this.format.refusal(errors) + this.format.complete);
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
