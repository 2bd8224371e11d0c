import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { exchange, type GraphQLAnswer } from '../../support/door.gateway';
import { sha256, type HostileDocument } from './documents';

export type Refusals = { code: string; limit?: string; requestId?: string }[];

/** A way in; the same documents go through each. */
export interface Door {
  name: string;
  /** The refusals of one operation; none when it ran. */
  ask(url: string, document: Pick<HostileDocument, 'text' | 'variables' | 'operationName'>): Promise<Refusals>;
}

const JSON_BODY = { 'content-type': 'application/json' };
const refusalsOf = ({ errors }: GraphQLAnswer): Refusals => (errors ?? []).map(({ extensions }) => extensions as Refusals[number]);

async function overHttp(url: string, body: object, headers: Record<string, string> = {}): Promise<string> {
  return (await exchange(`${url}/graphql`, { method: 'POST', headers: { ...JSON_BODY, ...headers }, body: JSON.stringify(body) })).text;
}

const post: Door = {
  name: 'POST',
  ask: async (url, { text, ...rest }) => refusalsOf(JSON.parse(await overHttp(url, { query: text, ...rest })) as GraphQLAnswer),
};

const persisted: Door = {
  name: 'POST with its hash',
  async ask(url, { text, ...rest }) {
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(text) } };
    return refusalsOf(JSON.parse(await overHttp(url, { query: text, extensions, ...rest })) as GraphQLAnswer);
  },
};

const events: Door = {
  name: 'Server-Sent Events',
  async ask(url, { text, ...rest }) {
    const answer = await overHttp(url, { query: text, ...rest }, { accept: 'text/event-stream' });
    // What is refused before a stream begins is answered as JSON.
    const result = /^data: (\{.*)$/m.exec(answer)?.[1] ?? answer;
    return refusalsOf(JSON.parse(result) as GraphQLAnswer);
  },
};

const socket: Door = {
  name: 'WebSocket',
  async ask(url, { text, ...rest }) {
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    try {
      const { value } = await client.iterate({ query: text, ...rest }).next();
      return refusalsOf(value as GraphQLAnswer);
    } catch (thrown) {
      if (!Array.isArray(thrown)) return [{ code: `closed ${(thrown as { code?: number }).code}` }];
      return refusalsOf({ errors: thrown as NonNullable<GraphQLAnswer['errors']> });
    } finally {
      await client.dispose();
    }
  },
};

export const DOORS: readonly Door[] = [post, persisted, events, socket];
