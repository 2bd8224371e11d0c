import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import type { EventConnections } from '../../graphql/event.connections';
import type { Credentials, Identification } from '../../identity/identification';
import type { RequestLog } from '../../request.log';
import { disconnectOf } from '../disconnect';
import { replyError } from '../error.reply';
import type { GraphClient, GraphRequest } from '../graph.client';
import { readJsonBodies, type JsonBodyOptions } from '../json.body';
import { checked } from '../openapi/described';
import { JobEventStreams } from './job.events';
import { CANCEL, ITEMS, LIST, READ, STAND, SUBMIT } from './job.operations';
import { JOB_ROUTES } from './job.documents';
import { eventHeaders, eventQuery, itemQuery, jobQuery, jobRequest, submitHeaders } from './job.shapes';
import { toItemPage, toJob, toJobPage, toSubmit, type GraphItem, type GraphJob, type GraphPage } from './job.view';

export interface JobRoutesOptions {
  graph: GraphClient;
  connections: EventConnections;
  identification: Identification;
  body: JsonBodyOptions;
  requests: RequestLog;
  log: Log;
}

const FINAL: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);

/** The queued lane over REST at `/v1/jobs`: what the graph does, for clients that speak no GraphQL. */
export async function jobRoutes(app: FastifyInstance, options: JobRoutesOptions): Promise<void> {
  const { graph, identification, body, log } = options;
  const scopes = new WeakMap<FastifyRequest, RequestScope>();
  const scopeOf = (request: FastifyRequest): RequestScope => scopes.get(request)!;
  readJsonBodies(app, body);
  // Shapes are checked with zod, and told as JSON Schema; Fastify's own look at them would be a second opinion.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('onRequest', async (request, reply) => {
    request.record.door = 'jobs';
    const caller = await identification.identify(credentialsOf(request));
    request.record.principalId = caller.principalId;
    scopes.set(request, { requestId: request.id, caller, signal: disconnectOf(reply) });
  });
  app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store'); });
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log }));

  changeRoutes(app, { graph, scopeOf, maxBytes: body.maxBytes });
  readRoutes(app, { graph, scopeOf });
  const streams = new JobEventStreams(options);
  app.get('/v1/jobs/:id/events', { schema: JOB_ROUTES.events }, async (request, reply) => {
    const { encoding = 'json', after: asked } = checked(eventQuery, request.query, 'query');
    const after = Number(checked(eventHeaders, request.headers, 'headers')['last-event-id'] ?? asked ?? 0);
    const { status, seq } = await found<{ status: string; seq: number }>(graph, { text: STAND, variables: { id: idOf(request) }, scope: scopeOf(request) });
    // Which tells `EventSource` not to ask again (HTML standard, 9.2.3).
    if (FINAL.has(status) && after >= seq) return reply.code(204).send();
    // A stream is shared with others, and ends when the last of them has left.
    const { signal: _signal, ...scope } = scopeOf(request);
    return streams.open(request, reply, { id: idOf(request), after, encoding, scope, credentials: credentialsOf(request) });
  });
}

interface Asking {
  graph: GraphClient;
  scopeOf(request: FastifyRequest): RequestScope;
}

function changeRoutes(app: FastifyInstance, { graph, scopeOf, maxBytes }: Asking & { maxBytes: number }): void {
  app.post('/v1/jobs', { schema: JOB_ROUTES.submit, bodyLimit: maxBytes }, async (request, reply) => {
    const headers = checked(submitHeaders, request.headers, 'headers');
    const input = toSubmit(checked(jobRequest, request.body, 'body'), headers['idempotency-key']);
    const { submitInference } = await graph.ask<{ submitInference: { job: GraphJob } }>({ text: SUBMIT, variables: { input }, scope: scopeOf(request) });
    return reply.code(202).header('location', `/v1/jobs/${submitInference.job.id}`).send(toJob(submitInference.job));
  });
  app.post('/v1/jobs/:id/cancel', { schema: JOB_ROUTES.cancel }, async (request) => {
    const { cancelJob } = await graph.ask<{ cancelJob: { job: GraphJob } }>({ text: CANCEL, variables: { id: idOf(request) }, scope: scopeOf(request) });
    return toJob(cancelJob.job);
  });
}

function readRoutes(app: FastifyInstance, { graph, scopeOf }: Asking): void {
  app.get('/v1/jobs', { schema: JOB_ROUTES.list }, async (request) => {
    const { first, status, ...filters } = checked(jobQuery, request.query, 'query');
    const variables = { ...filters, first: first === undefined ? undefined : Number(first), status: typeof status === 'string' ? [status] : status };
    return toJobPage((await graph.ask<{ jobs: GraphPage<GraphJob> }>({ text: LIST, variables, scope: scopeOf(request) })).jobs);
  });
  app.get('/v1/jobs/:id', { schema: JOB_ROUTES.read }, async (request) => toJob(await found<GraphJob>(graph, { text: READ, variables: { id: idOf(request) }, scope: scopeOf(request) })));
  app.get('/v1/jobs/:id/items', { schema: JOB_ROUTES.items }, async (request) => {
    const { encoding = 'json', first, after } = checked(itemQuery, request.query, 'query');
    const variables = { id: idOf(request), first: first === undefined ? undefined : Number(first), after };
    return toItemPage((await found<{ items: GraphPage<GraphItem> }>(graph, { text: ITEMS[encoding], variables, scope: scopeOf(request) })).items);
  });
}

/** @throws JOB_NOT_FOUND */
async function found<Job>(graph: GraphClient, asked: GraphRequest & { variables: { id: string } }): Promise<Job> {
  const { job } = await graph.ask<{ job: Job | null }>(asked);
  if (job) return job;
  throw new PlatformError('JOB_NOT_FOUND', `There is no job "${asked.variables.id.slice(0, 80)}".`);
}

function idOf({ params }: FastifyRequest): string {
  return (params as { id: string }).id;
}

function credentialsOf({ headers, raw }: FastifyRequest): Credentials {
  return { authorization: headers.authorization, remoteAddress: raw.socket.remoteAddress, headers };
}
