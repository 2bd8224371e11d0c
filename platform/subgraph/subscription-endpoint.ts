import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getOperationAST, GraphQLError, type ExecutionArgs } from 'graphql';
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { RequestScope } from '../caller';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import { maskError } from '../mask-error';
import { DocumentCache } from './document-cache';
import { maskResult, MAX_BODY_BYTES, type EndpointOptions } from './graphql-endpoint';
import { CONTENT_OF_CONNECTION, contentOfSubscription } from './identity-token';
import { NO_REQUEST_ID } from './refusal';
import { subscribeOperation } from './run-operation';

interface Connection extends Record<string, unknown> {
  /** The gateway's own token; each subscription on the socket brings that of its caller. */
  identity?: unknown;
}

/** How long closing waits for sockets to end by themselves. */
const CLOSE_MS = 2_000;

/** Subscriptions by the graphql-transport-ws protocol: one socket per gateway, any number of callers on it. */
export class SubscriptionEndpoint {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
  readonly #disposable: { dispose(): Promise<void> | void };

  constructor(options: EndpointOptions) {
    this.#disposable = useServer(socketOptions(options), this.#server);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.url !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#server.emit('connection', webSocket, request));
  }

  async close(): Promise<void> {
    const late = setTimeout(() => this.#server.clients.forEach((client) => client.terminate()), CLOSE_MS);
    await this.#disposable.dispose();
    clearTimeout(late);
  }
}

function socketOptions(options: EndpointOptions): ServerOptions<Connection, unknown> {
  const { subgraph, verifier, log } = options;
  const documents = new DocumentCache(subgraph.schema);
  return {
    onConnect: ({ connectionParams }) => verifier.verify(connectionParams?.identity, CONTENT_OF_CONNECTION).then(() => true, () => false),
    onSubscribe: (_context, _id, payload) => open(payload, documents, options),
    subscribe: ({ document, variableValues, contextValue }) =>
      subscribeOperation(subgraph, { document, variables: variableValues ?? undefined, scope: contextValue as RequestScope }),
    onNext: (...[, , , { contextValue }, result]) => maskResult(result, (contextValue as RequestScope).requestId, log),
    onError: (_context, _id, _payload, errors) => errors.map((error) => (isMasked(error) ? error : refusal(error, NO_REQUEST_ID, log))),
  };
}

async function open(
  payload: SubscribePayload, documents: DocumentCache, { subgraph, verifier, log }: EndpointOptions,
): Promise<ExecutionArgs | [GraphQLError]> {
  let requestId = NO_REQUEST_ID;
  try {
    const scope = await verifier.verify(payload.extensions?.['identity'], contentOfSubscription(payload.query, payload.variables));
    requestId = scope.requestId;
    const document = documents.get(payload.query);
    if (getOperationAST(document)?.operation !== 'subscription') {
      throw new PlatformError('BAD_USER_INPUT', 'Queries and mutations go to POST /graphql.');
    }
    return { schema: subgraph.schema, document, variableValues: payload.variables, contextValue: scope };
  } catch (error) {
    return [refusal(error, requestId, log)];
  }
}

function refusal(thrown: unknown, requestId: string, log: Log): GraphQLError {
  const { message, extensions } = maskError(thrown, requestId, log);
  return new GraphQLError(message, { extensions });
}

function isMasked({ extensions }: GraphQLError): boolean {
  return extensions['requestId'] !== undefined;
}
