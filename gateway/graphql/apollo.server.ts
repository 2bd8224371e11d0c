import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { RequestScope } from '../../platform/caller';
import { GraphQLError, type DocumentNode } from 'graphql';
import { ERRORS, PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { withCost } from '../cost/charge';
import type { Supergraph } from '../federation/supergraph';
import { noteCost, noteErrors, noteOperation, type RequestRecord } from '../request.record';
import type { Admission, Admitted } from './admission';
import { formatApolloError, toClientErrorOf } from './client-error';
import type { Documents } from './documents';
import { accessRules, limitRules, parseOptions } from './limits';
import type { OperationRunner } from './operation.runner';
import { overloadOf } from './overload';

export interface OperationContext {
  scope: RequestScope;
  record: RequestRecord;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  /** Null until the document has passed the limits. */
  admitted: Admitted | null;
  /** Whether the result says what it cost: not one that caches may keep. */
  tellsCost: boolean;
}

export interface ApolloParts {
  runner: OperationRunner;
  documents: Documents;
  admission: Admission;
  settings: { allowsIntrospection: boolean };
  log: Log;
}

type Gateway = NonNullable<ConstructorParameters<typeof ApolloServer<OperationContext>>[0]['gateway']>;

/**
 * Apollo Server in front of our executor: it reads requests and keeps the protocol. Documents come to it parsed and validated, by the same
 * limits as at every door; the supergraph plans and runs.
 */
export async function startApollo({ runner, documents, admission, settings, log }: ApolloParts): Promise<ApolloServer<OperationContext>> {
  const apollo = new ApolloServer<OperationContext>({
    gateway: asGateway(runner, log),
    documentStore: storeOf(documents),
    // One rule for all doors decides on introspection (limits.ts). A document that the store has lost meanwhile is validated here.
    introspection: true,
    validationRules: [...limitRules, ...accessRules(settings)],
    parseOptions,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    hideSchemaDetailsFromClientErrors: !settings.allowsIntrospection,
    includeStacktraceInErrorResponses: false,
    formatError: formatApolloError,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: {
      debug: (message) => log.trace({ message }, 'apollo'), info: (message) => log.debug({ message }, 'apollo'),
      warn: (message) => log.warn({ message }, 'apollo'), error: (message) => log.error({ message }, 'apollo'),
    },
    plugins: [
      recorder, charger(admission),
      // Nothing leaves the house, whatever APOLLO_* variables the machine has.
      ApolloServerPluginUsageReportingDisabled(), ApolloServerPluginSchemaReportingDisabled(), ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await apollo.start();
  return apollo;
}

const STREAMS_ONLY = new PlatformError(
  'BAD_USER_INPUT',
  'Subscriptions run over WebSocket (the graphql-transport-ws protocol) or Server-Sent Events (Accept: text/event-stream) at this same path.',
);

function asGateway(runner: OperationRunner, log: Log): Gateway {
  return {
    onSchemaLoadOrUpdate(listener) {
      const tell = ({ apiSchema, sdl }: Supergraph) => listener({ apiSchema, coreSupergraphSdl: sdl });
      tell(runner.supergraph);
      return runner.supergraph.onChange?.(tell) ?? (() => undefined);
    },
    load: async () => ({
      executor: async ({ document, operation, request, context }) => {
        const { scope, signal, tellsCost } = context as OperationContext;
        if (operation?.operation === 'subscription') return { errors: [toClientErrorOf(STREAMS_ONLY, scope.requestId, log)] };
        // What a mutation has begun it also ends, whether its client still listens or not.
        const endsWithClient = operation?.operation === 'query';
        // The client's own name: of one that the document does not have, Apollo Server tells null, which would run another operation.
        const operationName = request.operationName ?? null;
        const result = await runner.execute({
          document, operationName, variables: request.variables, scope, signal: endsWithClient ? signal : undefined,
        });
        return tellsCost ? withCost(result, scope) : result;
      },
    }),
    stop: async () => undefined,
  };
}

const recorder: ApolloServerPlugin<OperationContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, operationName, contextValue }) {
        if (operation) noteOperation(contextValue.record, { name: operationName, kind: operation.operation });
      },
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind !== 'single' || !response.body.singleResult.errors) return;
        noteErrors(contextValue.record, response.body.singleResult.errors);
        const overload = overloadOf(response.body.singleResult);
        if (!overload) return;
        response.http.status = overload.status;
        response.http.headers.set('retry-after', overload.retryAfter);
      },
    };
  },
};

/** Takes the cost before anything runs, once Apollo Server has found nothing to refuse (forgery, methods, variables that are no object). */
function charger(admission: Admission): ApolloServerPlugin<OperationContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, contextValue }) {
          if (!contextValue.admitted) return;
          try {
            const scope = await admission.charge(contextValue.admitted, request.variables, contextValue.scope);
            noteCost(contextValue.record, scope.charge.cost);
            contextValue.scope = scope;
          } catch (error) {
            throw asHttpError(error);
          }
        },
      };
    },
  };
}

/** Apollo Server takes status and headers from an error's extensions. */
function asHttpError(thrown: unknown): unknown {
  if (!(thrown instanceof PlatformError)) return thrown;
  const { code, message, extensions, details } = thrown;
  const waitMs = details['retryAfterMs'];
  const headers = new HeaderMap(typeof waitMs === 'number' ? [['retry-after', String(Math.ceil(waitMs / 1000))]] : []);
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: ERRORS[code].status, headers } } });
}

/** Apollo Server asks by the hash of the schema and that of the text. */
function storeOf(documents: Documents) {
  return {
    get: async (key: string): Promise<DocumentNode | undefined> => documents.ofHash(key.slice(key.lastIndexOf(':') + 1)),
    set: async () => undefined,
    delete: async () => undefined,
  };
}
