import type { GraphQLSchema } from 'graphql';
import { SharedStream, type OpenUpstream } from './shared.stream';
import type { StreamPlace, StreamReader } from './stream.reader';
import { streamKeyOf, type SubscriptionRequest } from './stream.scope';
import { StreamTags } from './stream.tags';

/** The graph of the moment, as far as streams are concerned. */
export interface TaggedGraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
}

/** All subscriptions of this gateway: those that are equal, within what `StreamTags` allow, share one stream. */
export class SharedStreams {
  readonly #byKey = new Map<string, SharedStream>();
  #tags: { of: TaggedGraph['apiSchema']; read: StreamTags } | null = null;

  constructor(private readonly graph: TaggedGraph) {}

  /** Streams that others may join. */
  get size(): number {
    return this.#byKey.size;
  }

  join(request: SubscriptionRequest, reader: StreamReader, open: OpenUpstream): StreamPlace {
    const { kind, isPersonal } = this.#readTags().of(request.document, request.operation);
    if (kind === 'private') return new SharedStream({ kind, onOver: () => undefined }).join(reader, open);
    const key = streamKeyOf(request, isPersonal);
    const known = this.#byKey.get(key);
    if (known?.canJoin) return known.join(reader, open);
    const stream: SharedStream = new SharedStream({ kind, onOver: () => { if (this.#byKey.get(key) === stream) this.#byKey.delete(key); } });
    this.#byKey.set(key, stream);
    return stream.join(reader, open);
  }

  #readTags(): StreamTags {
    const { apiSchema, sdl } = this.graph;
    if (this.#tags?.of !== apiSchema) this.#tags = { of: apiSchema, read: new StreamTags(sdl, apiSchema) };
    return this.#tags.read;
  }
}
