import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { ForwardedHeaders } from '../identity/forwarded.headers';
import { TRACE_HEADER } from '../../platform/trace/traceparent';
import type { Credentials, Identification } from '../identity/identification';
import { withCost } from '../cost/charge';
import type { RequestLog } from '../request.log';
import { noteCost, noteErrors, noteOperation } from '../request.record';
import { replyError } from '../rest/error.reply';
import { readJsonBodies, type JsonBodyOptions } from '../rest/json.body';
import type { StreamEnd } from '../streams/stream.reader';
import type { Subscriptions } from '../streams/subscriptions';
import { toClientError, toClientErrorOf } from './client-error';
import type { Admission } from './admission';
import { EventConnection } from './event.connection';
import type { EventConnections } from './event.connections';
import { readEventRequest, type EventRequest } from './event.request';
import { asGraphQL } from './http.answer';
import { refuseSingleConnections } from './single.connection';
import type { OperationRunner } from './operation.runner';

export interface EventDoorOptions {
  runner: OperationRunner;
  admission: Admission;
  subscriptions: Subscriptions;
  connections: EventConnections;
  identification: Identification;
  forwarding: ForwardedHeaders;
  body: JsonBodyOptions;
  requests: RequestLog;
  log: Log;
}

interface Asked extends EventRequest {
  scope: RequestScope;
  request: FastifyRequest;
  connection: EventConnection;
}

/** GraphQL over Server-Sent Events at /graphql, for requests whose Accept header names `text/event-stream`. */
export async function eventDoor(app: FastifyInstance, options: EventDoorOptions): Promise<void> {
  const { identification, forwarding, body, requests, log } = options;
  const scopes = new WeakMap<FastifyRequest, RequestScope>();
  app.addConstraintStrategy(acceptsEvents);
  readJsonBodies(app, body);
  app.addHook('onRequest', async (request) => {
    request.record.door = 'events';
    const caller = await identification.identify(credentialsOf(request));
    request.record.principalId = caller.principalId;
    const trace = requests.trace(request.record, request.headers[TRACE_HEADER]);
    scopes.set(request, forwarding.into({ requestId: request.id, caller, trace }, request.headers));
  });
  refuseSingleConnections(app);
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log, shape: asGraphQL }));
  app.route({
    method: ['GET', 'POST'], url: '/graphql', bodyLimit: body.maxBytes, constraints: { [acceptsEvents.name]: true },
    handler: (request, reply) => answer(request, reply, { scope: scopes.get(request)!, options }),
  });
}

/** Chooses this door's route by the Accept header. */
const acceptsEvents = {
  name: 'acceptsEvents',
  storage() {
    let handler: unknown = null;
    return { get: (isAsked: unknown) => (isAsked ? handler : null) as never, set: (_key: unknown, value: unknown) => { handler = value; } };
  },
  deriveConstraint: ({ headers }: { headers: { accept?: string } }) => headers.accept?.includes('text/event-stream') || undefined,
  validate: () => undefined,
};

async function answer(
  request: FastifyRequest, reply: FastifyReply, { scope, options }: { scope: RequestScope; options: EventDoorOptions },
): Promise<void> {
  const asked = readEventRequest(request);
  reply.hijack();
  const connection: EventConnection = new EventConnection(reply.raw, (results, end) => {
    options.connections.delete(connection);
    note(request, { results, end }, options.requests);
  });
  options.connections.add(connection, credentialsOf(request));
  connection.open(reply.getHeaders() as OutgoingHttpHeaders);
  try {
    await run({ ...asked, scope, request, connection }, options);
  } catch (error) {
    refuse([toClientErrorOf(error, scope.requestId, options.log)], request, connection);
  }
}

async function run({ scope: caller, request, connection, variables, ...asking }: Asked, options: EventDoorOptions): Promise<void> {
  const { runner, admission, subscriptions, log } = options;
  const admitted = admission.admit(asking);
  if ('errors' in admitted) return refuse(admitted.errors.map((error) => toClientError(error, caller.requestId, log)), request, connection);
  const { document, operation } = admitted;
  noteOperation(request.record, { name: operation.name?.value, kind: operation.operation });
  const scope = await admission.charge(admitted, variables, caller);
  noteCost(request.record, scope.charge.cost);
  const asked = { document, variables: variables ?? undefined, scope };
  if (operation.operation === 'subscription') return connection.sit(subscriptions.open({ ...asked, operation }, connection));
  if (operation.operation === 'mutation' && request.method === 'GET') throw new PlatformError('BAD_USER_INPUT', 'A mutation needs POST.');
  const result = await runner.execute({ ...asked, operationName: asking.operationName ?? null });
  connection.take(JSON.stringify(withCost(result, scope)));
  connection.end({ kind: 'complete' });
}

function refuse(errors: readonly GraphQLError[], { record }: FastifyRequest, connection: EventConnection): void {
  noteErrors(record, errors);
  connection.refuse(errors);
}

/** Of a connection that its client broke off Fastify tells nothing, so its line is written here. */
function note({ record }: FastifyRequest, { results, end }: { results: number; end: StreamEnd | null }, requests: RequestLog): void {
  record.results = results;
  if (end?.kind === 'failed') noteErrors(record, [end.error]);
  if (end === null || end.kind === 'too slow') requests.add({ ...record, status: 200 });
}

function credentialsOf({ headers, raw }: FastifyRequest): Credentials {
  return { authorization: headers.authorization, remoteAddress: raw.socket.remoteAddress, headers };
}
