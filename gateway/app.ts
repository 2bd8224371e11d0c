import type { Database } from '../platform/database/database';
import type { Environment } from '../platform/env';
import { PlatformError } from '../platform/errors';
import type { Log } from '../platform/log';
import type { ShutdownStack } from '../platform/process/shutdown';
import { openGatewayKey } from '../platform/subgraph/gateway-key';
import { IdentitySigner } from '../platform/subgraph/identity-token';
import type { Subgraph } from '../platform/subgraph/subgraph';
import { postgresBudgetStore, redisBudgetStore } from './cost/budget.store';
import { CostBudget } from './cost/cost.budget';
import { rateLimitMember } from './cost/rate-limit.member';
import { SupergraphManager } from './federation/supergraph-manager';
import type { Authenticator, IdentityService } from './identity/authenticator';
import { BearerAuthenticator } from './identity/bearer.authenticator';
import { IssuerKeys } from './identity/issuer.keys';
import { KnownPrincipals } from './identity/known.principals';
import { TokenAuthenticator } from './identity/token.authenticator';
import { findMembers } from './members';
import { GatewayMetrics } from './metrics/gateway.metrics';
import { MeasuredClient } from './metrics/measured.client';
import { readTrustedDocuments } from './persisted/trusted.documents';
import type { ReadinessCheck } from './rest/health.routes';
import { createGatewayServer, type GatewayServer } from './server';
import { settingsOf } from './settings';

export interface GatewayAppOptions {
  environment: Pick<Environment, 'data' | 'gatewayKey' | 'http' | 'graphql' | 'oidc' | 'redis' | 'subgraphs'>;
  /** The subgraphs of this process; the others are reached at their URLs. */
  subgraphs: readonly Subgraph[];
  /** Of the identity subgraph of this process; null: it runs in another and is asked there. */
  identity: IdentityService | null;
  log: Log;
  stack: ShutdownStack;
  /** Parts of this process that must answer before traffic comes, such as its database. */
  readiness?: readonly ReadinessCheck[];
  /** Of the platform that this process also runs; without it the budgets of keys need Redis. */
  database?: Database;
}

/**
 * The front door: composes the subgraphs, wherever they run, and listens.
 * @throws CONFIGURATION_INVALID, SUBGRAPH_UNAVAILABLE, PORT_IN_USE
 */
export async function createGatewayApp(options: GatewayAppOptions): Promise<GatewayServer> {
  const { environment, subgraphs, log, stack, readiness = [] } = options;
  const signer = () => openGatewayKey(environment.data.dir, environment.gatewayKey.publicDir).then((key) => new IdentitySigner(key));
  const members = await findMembers({ subgraphs, urls: environment.subgraphs, signer, log, stack });
  const identity = options.identity ?? members.map((member) => member.identity).find((remote) => remote !== null);
  if (!identity) throw new PlatformError('CONFIGURATION_INVALID', 'An identity subgraph in process comes with its service.');

  const metrics = new GatewayMetrics();
  const measured = members.map((member) => ({ ...member, client: new MeasuredClient(member.client, metrics) }));
  const server = await createGatewayServer({
    supergraph: new SupergraphManager([...measured, rateLimitMember()], log, (isHit) => metrics.countPlan(isHit)),
    metrics,
    budget: openBudget(options),
    trusted: environment.graphql.trusted.file === null ? null : await readTrustedDocuments(environment.graphql.trusted.file),
    authenticator: authenticatorOf(identity, environment.oidc, log),
    byteRoutes: members.flatMap(({ byteRoutes }) => byteRoutes),
    settings: settingsOf(environment),
    log,
    readiness: [...readiness, ...members.map(({ client }) => ({ part: client.name, check: () => client.check() }))],
  });
  stack.push('gateway', () => server.close());
  log.info({ url: server.url }, 'gateway listens');
  return server;
}

/** API keys, and beside them the tokens of the issuer that is configured, if one is. */
function authenticatorOf(identity: IdentityService, settings: Environment['oidc'], log: Log): Authenticator {
  if (settings === null) return identity;
  const keys = new IssuerKeys(settings).find;
  const tokens = new TokenAuthenticator({ settings, keys, principals: new KnownPrincipals(identity), log });
  return new BearerAuthenticator({ keys: identity, tokens });
}

/** @throws CONFIGURATION_INVALID where there is nowhere to keep what gateways share */
function openBudget({ environment, database, log, stack }: GatewayAppOptions): CostBudget | null {
  const settings = environment.graphql.budget;
  if (settings === null) return null;
  const { windowMs } = settings;
  if (!environment.redis && !database) throw new PlatformError(
    'CONFIGURATION_INVALID', 'RATE_LIMIT_COST needs REDIS_URL where the gateway runs alone: it opens no database.',
  );
  const store = environment.redis ? redisBudgetStore({ url: environment.redis.url, windowMs, log }) : postgresBudgetStore({ database: database!, windowMs });
  const budget = new CostBudget(store, settings, log);
  stack.push('cost budget', () => budget.close());
  return budget;
}
