import type { DocumentNode, GraphQLSchema } from 'graphql';
import { SharedStream, type OpenUpstream } from './shared.stream';
import type { StreamPlace, StreamReader } from './stream.reader';
import { streamKeyOf, type SubscriptionRequest } from './stream.scope';
import { StreamTags } from './stream.tags';

/** The graph of the moment, as far as streams are concerned. */
export interface TaggedGraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  /** That a document runs on, where the graph can change. */
  of?(document: DocumentNode): TaggedGraph;
}

/** All subscriptions of this gateway: those that are equal, within what `StreamTags` allow, share one stream. */
export class SharedStreams {
  readonly #byKey = new Map<string, SharedStream>();
  readonly #tags = new WeakMap<GraphQLSchema, StreamTags>();

  constructor(private readonly graph: TaggedGraph) {}

  /** Streams that others may join. */
  get size(): number {
    return this.#byKey.size;
  }

  join(request: SubscriptionRequest, reader: StreamReader, open: OpenUpstream): StreamPlace {
    const { kind, isPersonal } = this.#tagsFor(request.document).of(request.document, request.operation);
    if (kind === 'private') return new SharedStream({ kind, onOver: () => undefined }).join(reader, open);
    const key = streamKeyOf(request, isPersonal);
    const known = this.#byKey.get(key);
    if (known?.canJoin) return known.join(reader, open);
    const stream: SharedStream = new SharedStream({ kind, onOver: () => { if (this.#byKey.get(key) === stream) this.#byKey.delete(key); } });
    this.#byKey.set(key, stream);
    return stream.join(reader, open);
  }

  #tagsFor(document: DocumentNode): StreamTags {
    const { apiSchema, sdl } = this.graph.of?.(document) ?? this.graph;
    const known = this.#tags.get(apiSchema);
    if (known) return known;
    const tags = new StreamTags(sdl, apiSchema);
    this.#tags.set(apiSchema, tags);
    return tags;
  }
}
