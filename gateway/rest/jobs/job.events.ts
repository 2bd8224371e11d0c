import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../../platform/caller';
import { EventConnection, type EventFormat } from '../../graphql/event.connection';
import type { EventConnections } from '../../graphql/event.connections';
import { toClientErrorOf } from '../../graphql/client-error';
import type { Credentials } from '../../identity/identification';
import type { RequestLog } from '../../request.log';
import { noteErrors } from '../../request.record';
import type { StreamEnd } from '../../streams/stream.reader';
import type { Log } from '../../../platform/log';
import type { GraphClient } from '../graph.client';
import { EVENTS } from './job.operations';
import { toEvent, type GraphEvent } from './job.view';

/** Events with the `id` that `Last-Event-ID` gives back, named by their kind. Without an end of its own: a client that asks again after the last one gets 204. */
const JOB_EVENTS: EventFormat = {
  result(json) {
    const { data, errors } = JSON.parse(json) as ExecutionResult<{ jobEvents: GraphEvent }>;
    if (errors?.length || !data) return JOB_EVENTS.refusal((errors ?? []) as never);
    const event = toEvent(data.jobEvents);
    return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
  },
  refusal: ([error]) => `event: REFUSED\ndata: ${JSON.stringify({ error: { ...error?.extensions, message: error?.message } })}\n\n`,
  complete: '',
};

export interface JobEventParts {
  graph: GraphClient;
  connections: EventConnections;
  requests: RequestLog;
  log: Log;
}

export interface JobEventRequest {
  id: string;
  after: number;
  encoding: keyof typeof EVENTS;
  scope: RequestScope;
  credentials: Credentials;
}

/** Streams the events of a job, from the cursor on, as Server-Sent Events. */
export class JobEventStreams {
  constructor(private readonly parts: JobEventParts) {}

  async open(request: FastifyRequest, reply: FastifyReply, { id, after, encoding, scope, credentials }: JobEventRequest): Promise<void> {
    const { graph, connections, log } = this.parts;
    reply.hijack();
    const connection: EventConnection = new EventConnection(reply.raw, (results, end) => {
      connections.delete(connection);
      this.#note(request, results, end);
    }, JOB_EVENTS);
    connections.add(connection, credentials);
    connection.open(reply.getHeaders() as OutgoingHttpHeaders);
    try {
      connection.sit(await graph.follow({ text: EVENTS[encoding], variables: { id, after }, scope }, connection));
    } catch (error) {
      const told = toClientErrorOf(error, scope.requestId, log);
      noteErrors(request.record, [told]);
      connection.refuse([told]);
    }
  }

  /** Of a connection that its client broke off Fastify tells nothing, so its line is written here. */
  #note({ record }: FastifyRequest, results: number, end: StreamEnd | null): void {
    record.results = results;
    if (end?.kind === 'failed') noteErrors(record, [end.error]);
    if (end === null || end.kind === 'too slow') this.parts.requests.add({ ...record, status: 200 });
  }
}
