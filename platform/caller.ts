import type { SpanContext } from '@opentelemetry/api';
import { PlatformError } from './errors';

/** Roles in rising order; a role includes those before it. */
export const ROLES = ['VIEWER', 'CALLER', 'DEVELOPER', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks. Made by the gateway from an API key, carried to subgraphs in process or as a signed token. */
export interface Caller {
  /** UUID of the principal; `createdBy` columns hold it. */
  readonly principalId: string;
  readonly name: string;
  /** Operators (the bootstrap admin) are ADMIN in every namespace and see workers. */
  readonly isOperator: boolean;
  /** Role per namespace name. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** What one request carries through every layer. */
export interface RequestScope {
  readonly requestId: string;
  readonly caller: Caller;
  /** Headers of the client for subgraphs of other people, by lower-case name: those that a subgraph's settings name, no others. */
  readonly forwarded?: Readonly<Record<string, string>>;
  /** The span that this is part of, where the request is traced. */
  readonly trace?: SpanContext;
  /** Aborts when the client is gone: what is computed for nobody else may end. Unset where nobody can tell. */
  readonly signal?: AbortSignal;
}

/** The principal behind unauthenticated requests on loopback, and behind the bootstrap key elsewhere. */
export const BOOTSTRAP_ADMIN: Caller = Object.freeze({
  principalId: '00000000-0000-7000-8000-000000000001',
  name: 'bootstrap-admin',
  isOperator: true,
  roles: Object.freeze({}),
});

/** The namespace that exists from the first start. */
export const DEFAULT_NAMESPACE = 'default';

export function roleIn(caller: Caller, namespace: string): Role | null {
  if (caller.isOperator) return 'ADMIN';
  return Object.hasOwn(caller.roles, namespace) ? caller.roles[namespace]! : null;
}

export function hasRole(caller: Caller, namespace: string, needed: Role): boolean {
  const role = roleIn(caller, namespace);
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The namespaces whose rows the caller may see; null means all of them. */
export function visibleNamespaces(caller: Caller): string[] | null {
  return caller.isOperator ? null : Object.keys(caller.roles);
}

/**
 * @throws NAMESPACE_NOT_FOUND when the caller has no role there, so that a stranger cannot tell it exists
 * @throws FORBIDDEN when its role is too low
 */
export function requireRole(caller: Caller, namespace: string, needed: Role): void {
  const role = roleIn(caller, namespace);
  if (role === null) throw new PlatformError('NAMESPACE_NOT_FOUND', `There is no namespace "${namespace}".`);
  if (ROLES.indexOf(role) < ROLES.indexOf(needed)) {
    throw new PlatformError(
      'FORBIDDEN', `This needs the role ${needed} in namespace "${namespace}"; the caller has ${role}.`, { neededRole: needed, role },
    );
  }
}
