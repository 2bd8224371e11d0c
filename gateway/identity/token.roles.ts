import type { JWTPayload } from 'jose';
import { ROLES, type Caller, type Role } from '../../platform/caller';
import { readRoleGrant, type Grant, type RoleGrant } from '../../platform/grant';

export interface RoleMapping {
  /** The path of the claim, such as `groups` or `realm_access.roles`. */
  claim: string;
  /** What values such as `ml-team` stand for. Only these make operators. */
  grants: Readonly<Record<string, readonly Grant[]>>;
}

/** A token that names more than this is no token of a person: what is beyond is not looked at. */
const MAX_VALUES = 200;

/**
 * The roles that a token's claims give. The claim holds a list, or one text with spaces between, whose values are `namespace:ROLE` or keys of
 * the mapping; or an object of roles by namespace. What is understood by neither is somebody else's and gives nothing.
 */
export function rolesOf(payload: JWTPayload, { claim, grants }: RoleMapping): Pick<Caller, 'isOperator' | 'roles'> {
  const roles: Record<string, Role> = {};
  let isOperator = false;
  for (const value of valuesOf(claimAt(payload, claim)).slice(0, MAX_VALUES)) {
    for (const grant of (Object.hasOwn(grants, value) ? grants[value]! : [readRoleGrant(value)])) {
      if (grant === 'operator') isOperator = true;
      else if (grant) raise(roles, grant);
    }
  }
  return { isOperator, roles };
}

function claimAt(payload: JWTPayload, claim: string): unknown {
  // The whole name first: namespaced claims such as https://example.com/roles hold dots themselves.
  if (Object.hasOwn(payload, claim)) return payload[claim];
  return claim.split('.').reduce<unknown>((at, name) => (isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined), payload);
}

function valuesOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter(Boolean);
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === 'string');
  if (!isRecord(value)) return [];
  return Object.entries(value).map(([namespace, role]) => `${namespace}:${String(role)}`);
}

function raise(roles: Record<string, Role>, { namespace, role }: RoleGrant): void {
  const present = roles[namespace];
  if (present === undefined || ROLES.indexOf(role) > ROLES.indexOf(present)) roles[namespace] = role;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
