import type { Fetcher, FetcherOpts } from '@graphiql/toolkit';
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

const endpoint = new URL('/graphql', window.location.href);

/** Queries and mutations by POST, subscriptions over graphql-ws, both with the headers of the tab. */
export const fetcher: Fetcher = (params, options = {}) => {
  const operation = options.documentAST && getOperationAST(options.documentAST, params.operationName);
  return operation?.operation === 'subscription' ? subscribe(params, options) : post(params, options);
};

async function post(params: object, { headers }: FetcherOpts) {
  const response = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(params) });
  return response.json();
}

/** A socket per subscription: it connects with the key of its own tab, and ends with it. */
function subscribe(params: Parameters<Fetcher>[0], { headers }: FetcherOpts) {
  const url = new URL(endpoint);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({ url: url.href, connectionParams: headers ?? {}, retryAttempts: 0 });
  return client.iterate({ ...params, query: params.query }) as ReturnType<Fetcher>;
}
