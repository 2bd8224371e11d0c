import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit';
import { getOperationAST, parse, type OperationDefinitionNode } from 'graphql';
import { createClient } from 'graphql-ws';

const endpoint = new URL('/graphql', window.location.href);

/** Queries and mutations by POST, subscriptions over graphql-ws, both with the headers of the tab. */
export const fetcher: Fetcher = (params, options = {}) => {
  const operation = operationOf(params);
  // Just after a change of tabs GraphiQL still names the operation of the one before.
  const named = { ...params, operationName: operation ? operation.name?.value : params.operationName };
  return operation?.operation === 'subscription' ? subscribe(named, options) : post(named, options);
};

function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null | undefined {
  try {
    const document = parse(query, { noLocation: true });
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    // The gateway says what is wrong with it.
    return null;
  }
}

async function post(params: FetcherParams, { headers }: FetcherOpts) {
  const response = await fetch(endpoint, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(params),
  });
  return response.json();
}

/** A socket per subscription: it connects with the key of its own tab, and ends with it. */
function subscribe({ query, variables, operationName }: FetcherParams, { headers }: FetcherOpts) {
  const url = new URL(endpoint);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({ url: url.href, connectionParams: headers ?? {}, retryAttempts: 0 });
  return client.iterate({ query, variables, operationName }) as ReturnType<Fetcher>;
}
