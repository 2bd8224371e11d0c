import { GraphQLError, buildSchema, type GraphQLSchema } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';

/** Emits 1, 2, 3 … as fast as it is read; knows how far and whether it was ended. */
export class Ticker implements AsyncIterableIterator<{ ticks: number }> {
  count = 0;
  isEnded = false;
  #settle: (() => void) | null = null;

  constructor(private readonly last: number, private readonly padding = '') {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<{ ticks: number; padding: string }>> {
    if (!this.isEnded && this.count === this.last) await new Promise<void>((resolve) => { this.#settle = resolve; });
    if (this.isEnded) return { value: undefined, done: true };
    this.count += 1;
    return { value: { ticks: this.count, padding: this.padding }, done: false };
  }

  async return(): Promise<IteratorResult<{ ticks: number }>> {
    this.isEnded = true;
    this.#settle?.();
    return { value: undefined, done: true };
  }
}

interface Context { scope: RequestScope }

/** A schema that does everything a door must cope with. */
export function doorSchema(): { schema: GraphQLSchema; tickers: Ticker[] } {
  const tickers: Ticker[] = [];
  const schema = buildSchema(`
    type Query { hello: String!  viewer: String!  node: Node  crash: String  refused: String  sum(a: Int!, b: Int!): Int!  requestId: ID! }
    type Node { id: ID!  node: Node  crash: String }
    type Mutation { set(value: Int!): Int! }
    type Subscription { ticks(last: Int!): Int!  flood(bytes: Int!): String!  denied: Int!  breaks: Int! }
  `);
  const resolvers: Record<string, Record<string, (args: never, context: Context) => unknown>> = {
    Query: {
      hello: () => 'world', viewer: (_args, { scope }) => scope.caller.name, requestId: (_args, { scope }) => scope.requestId,
      node: () => node(0), sum: ({ a, b }: { a: number; b: number }) => a + b,
      crash: () => { throw new Error('password=hunter2 at /srv/db'); },
      refused: () => { throw new PlatformError('MODEL_NOT_FOUND', 'There is no model "a/b".', { model: 'a/b' }); },
    },
    Mutation: { set: ({ value }: { value: number }) => value },
  };
  for (const [type, fields] of Object.entries(resolvers)) {
    const target = schema.getType(type) as unknown as { getFields(): Record<string, { resolve?: unknown }> };
    for (const [name, resolve] of Object.entries(fields)) target.getFields()[name]!.resolve = (_root: unknown, args: never, context: Context) => resolve(args, context);
  }
  const subscriptions = schema.getSubscriptionType()!.getFields();
  const opened = (ticker: Ticker) => { tickers.push(ticker); return ticker; };
  subscriptions['ticks']!.subscribe = (_root, { last }: { last: number }) => opened(new Ticker(last));
  subscriptions['flood']!.subscribe = (_root, { bytes }: { bytes: number }) => opened(new Ticker(Infinity, 'x'.repeat(bytes)));
  subscriptions['flood']!.resolve = (event: { padding: string }) => event.padding;
  subscriptions['denied']!.subscribe = () => { throw new GraphQLError('There is no job.', { extensions: { code: 'JOB_NOT_FOUND' } }); };
  subscriptions['breaks']!.subscribe = () => ({
    [Symbol.asyncIterator]() { return this; },
    next: async () => { throw new Error('password=hunter2'); },
    return: async () => ({ value: undefined, done: true as const }),
  });
  return { schema, tickers };
}

function node(depth: number): unknown {
  return { id: String(depth), node: () => node(depth + 1), crash: () => { throw new Error('password=hunter2'); } };
}
