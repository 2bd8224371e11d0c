import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { signedClient } from '../../gateway/federation/signed-client';
import { SubscriptionEvents } from '../../gateway/federation/subscription-events';
import { subscribeOperation } from '../../platform/subgraph/run-operation';
import { serve, type ServedSubgraph } from './served-subgraph';
import { TEST_SCOPE, type TestSubgraph } from './subgraphs';

/** A test subgraph whose subscriptions are served by graphql-sse's own handler. */
export async function serveEvents(subgraph: TestSubgraph): Promise<Pick<ServedSubgraph, 'client' | 'close'> & { headers: http.IncomingHttpHeaders[] }> {
  const served = await serve(subgraph);
  const headers: http.IncomingHttpHeaders[] = [];
  const handle = createHandler({
    schema: subgraph.schema,
    onSubscribe: (_request, { query, variables }) => ({ schema: subgraph.schema, document: parse(query), variableValues: variables, contextValue: undefined }),
    subscribe: ({ document, variableValues }) => subscribeOperation(subgraph, { document, variables: variableValues ?? undefined, scope: TEST_SCOPE }) as never,
  });
  const server = http.createServer((request, response) => {
    headers.push(request.headers);
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const events = new SubscriptionEvents({
    maxEventBytes: 1_048_576,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, headers: ({ requestId }) => ({ 'x-request-id': requestId }),
    unavailable: (reason, cause) => served.endpoint.unavailable(reason, cause),
  });
  const client = signedClient(served.endpoint, { subscriptions: events });
  return {
    client, headers,
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      await served.close();
    },
  };
}

