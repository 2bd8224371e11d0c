import type { GraphQLError } from 'graphql';

/** How a stream was over for one reader: by itself, by a failure, or since the reader was too slow for a stream that may lose nothing. */
export type StreamEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly error: GraphQLError }
  | { readonly kind: 'too slow' };

/** One client's side of a subscription. */
export interface StreamReader {
  /**
   * Takes one result, the JSON text of a GraphQL result that all readers share. False: it takes no more until it has called `resume`
   * of its place. Must not throw.
   */
  take(result: string): boolean;
  /** Once, unless it has left; nothing follows. */
  end(end: StreamEnd): void;
}

/** Where a reader sits in its stream. */
export interface StreamPlace {
  /** It takes results again. */
  resume(): void;
  /** It is gone. The last one to leave ends the upstream. May be called twice. */
  leave(): void;
}
