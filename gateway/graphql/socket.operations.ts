import type { ExecutionArgs, ExecutionResult, GraphQLError, OperationDefinitionNode } from 'graphql';
import { makeServer, type Context, type Server, type SubscribePayload } from 'graphql-ws';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { TRACE_HEADER } from '../../platform/trace/traceparent';
import { newId } from '../../platform/uuid';
import type { ForwardedHeaders } from '../identity/forwarded.headers';
import type { Identification } from '../identity/identification';
import type { Subscriptions } from '../streams/subscriptions';
import { withCost, type ChargedScope } from '../cost/charge';
import type { RequestLog } from '../request.log';
import { noteCost, noteErrors, noteOperation, type RequestRecord } from '../request.record';
import { toClientError, toClientErrorOf } from './client-error';
import type { Admission, AskedOperation } from './admission';
import { LIMITS } from './limits';
import type { OperationRunner } from './operation.runner';
import type { SocketExtra } from './socket.connection';
import { SocketReader } from './socket.reader';
import { authorizationOf, endSocket, identifySocket, isRefusedKey } from './socket.keys';

type SocketContext = Context<Record<string, unknown> | undefined, SocketExtra>;

interface Operation {
  /** Of the client, unique on its socket. */
  id: string;
  extra: SocketExtra;
  definition: OperationDefinitionNode;
  scope: ChargedScope;
  record: RequestRecord;
}

interface Parts {
  runner: OperationRunner;
  admission: Admission;
  subscriptions: Subscriptions;
  identification: Identification;
  requests: RequestLog;
  forwarding: ForwardedHeaders;
  log: Log;
}

/** What the graphql-transport-ws protocol asks of us: who connects, which operations are allowed, and how they run. */
export class SocketOperations {
  constructor(private readonly parts: Parts) {}

  protocol(): Server<SocketExtra> {
    return makeServer<Record<string, unknown> | undefined, SocketExtra>({
      onConnect: (context) => this.#connect(context),
      onSubscribe: (context, id, payload) => this.#prepare(context, id, payload),
      execute: (args) => this.#execute(args as ExecutionArgs),
      subscribe: (args) => this.#subscribe(args as ExecutionArgs),
    });
  }

  async #connect({ extra, connectionParams }: SocketContext): Promise<boolean> {
    extra.authorization = authorizationOf(connectionParams, extra.request.headers.authorization);
    try {
      await identifySocket(extra, this.parts.identification);
      return true;
    } catch (error) {
      endSocket(extra, error);
      return false;
    }
  }

  async #prepare(context: SocketContext, id: string, payload: SubscribePayload): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const record: RequestRecord = { door: 'websocket', requestId: newId(), startedAtMs: performance.now() };
    try {
      return await this.#admit(context, { id, payload, record });
    } catch (error) {
      if (isRefusedKey(error)) endSocket(context.extra, error);
      return this.#refuse(record, [toClientErrorOf(error, record.requestId, this.parts.log)]);
    }
  }

  /** Asks for the key again, since a socket outlives many a key. */
  async #admit(
    context: SocketContext, { id, payload, record }: { id: string; payload: SubscribePayload; record: RequestRecord },
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    if (Object.keys(context.subscriptions).length > LIMITS.operationsPerSocket) {
      throw new PlatformError('GRAPHQL_VALIDATION_FAILED', `A socket runs at most ${LIMITS.operationsPerSocket} operations at a time.`);
    }
    const caller = await identifySocket(context.extra, this.parts.identification);
    record.principalId = caller.principalId;
    // An operation may be part of another trace than its socket.
    const trace = this.parts.requests.trace(record, payload.extensions?.[TRACE_HEADER] ?? context.extra.request.headers[TRACE_HEADER]);
    const admitted = this.parts.admission.admit(payload as AskedOperation);
    if ('errors' in admitted) return this.#refuse(
      record, admitted.errors.map((error) => toClientError(error, record.requestId, this.parts.log)),
    );
    const { document, operation } = admitted;
    noteOperation(record, { name: operation.name?.value, kind: operation.operation });
    const { extra, connectionParams } = context;
    const asked = this.parts.forwarding.into({ requestId: record.requestId, caller, trace }, extra.request.headers, connectionParams);
    const scope = await this.parts.admission.charge(admitted, payload.variables, asked);
    noteCost(record, scope.charge.cost);
    const contextValue: Operation = { id, extra, definition: operation, scope, record };
    return {
      schema: this.parts.runner.supergraph.apiSchema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue,
    };
  }

  #refuse(record: RequestRecord, errors: readonly GraphQLError[]): readonly GraphQLError[] {
    this.#log(record, errors);
    return errors;
  }

  async #execute(args: ExecutionArgs): Promise<ExecutionResult> {
    const { scope, record } = args.contextValue as Operation;
    const result = await this.parts.runner.execute({ ...requestOf(args), scope });
    this.#log(record, result.errors);
    return withCost(result, scope);
  }

  async #subscribe({ document, variableValues, contextValue }: ExecutionArgs): Promise<SocketReader | ExecutionResult> {
    const { id, extra, definition, scope, record } = contextValue as Operation;
    const reader = new SocketReader(id, extra.socket, (results, end) => this.#log({ ...record, results }, end?.kind === 'failed' ? [end.error] : undefined));
    try {
      return reader.sit(this.parts.subscriptions.open({ document, operation: definition, variables: variableValues ?? undefined, scope }, reader));
    } catch (error) {
      const errors = [toClientErrorOf(error, scope.requestId, this.parts.log)];
      this.#log(record, errors);
      return { errors };
    }
  }

  #log(record: RequestRecord, errors: readonly GraphQLError[] | undefined): void {
    if (errors) noteErrors(record, errors);
    this.parts.requests.add(record);
  }
}

function requestOf({ document, operationName, variableValues }: ExecutionArgs) {
  return { document, operationName, variables: variableValues ?? undefined };
}
