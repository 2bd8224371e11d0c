import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import type { Supergraph } from '../federation/supergraph';
import { noteOperation, type RequestRecord } from '../request.record';
import { formatApolloError, toClientErrorOf } from './client-error';
import { limitRules, parseOptions } from './limits';
import type { OperationRunner } from './operation.runner';

export interface OperationContext {
  scope: RequestScope;
  record: RequestRecord;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

type Gateway = NonNullable<ConstructorParameters<typeof ApolloServer<OperationContext>>[0]['gateway']>;

/** Apollo Server in front of our executor: it reads requests, keeps the protocol, validates; the supergraph plans and runs. */
export async function startApollo(
  runner: OperationRunner, settings: { allowsIntrospection: boolean }, log: Log,
): Promise<ApolloServer<OperationContext>> {
  const apollo = new ApolloServer<OperationContext>({
    gateway: asGateway(runner, log),
    // One rule for both doors decides on introspection (limits.ts).
    introspection: true,
    validationRules: limitRules(settings),
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
      recorder,
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
        const { scope, signal } = context as OperationContext;
        if (operation?.operation === 'subscription') return { errors: [toClientErrorOf(STREAMS_ONLY, scope.requestId, log)] };
        // What a mutation has begun it also ends, whether its client still listens or not.
        const endsWithClient = operation?.operation === 'query';
        // The client's own name: of one that the document does not have, Apollo Server tells null, which would run another operation.
        const operationName = request.operationName ?? null;
        return runner.execute({
          document, operationName, variables: request.variables, scope, signal: endsWithClient ? signal : undefined,
        });
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
        contextValue.record.codes = response.body.singleResult.errors.map(({ extensions }) => String(extensions?.['code']));
      },
    };
  },
};
