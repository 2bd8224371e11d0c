import type { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestScope } from '../caller';

/** One exchange of bytes that enters at the gateway and is answered by the subgraph that owns the path. Bodies stream both ways. */
export interface ByteRequest {
  method: string;
  /** Path with query, as the client sent it: `/uploads/…`, `/tensors/…`, `/artifacts/…`. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Readable;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  scope: RequestScope;
}

export interface ByteReply {
  status: number;
  headers?: Record<string, string>;
  body?: Readable | Buffer | string;
}

/** Throws PlatformError for refusals; the caller turns it into `{ error: { code, message, requestId } }` with the table's status. */
export type ByteRoute = (request: ByteRequest) => Promise<ByteReply>;
