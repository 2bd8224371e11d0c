import { ROLES, type Role } from './caller';
import { isName } from './name';

/** A role in one namespace. */
export interface RoleGrant {
  namespace: string;
  role: Role;
}

/** What a group of an issuer may stand for. */
export type Grant = RoleGrant | 'operator';

/** Reads `namespace:ROLE`; null when it is no such thing. */
export function readRoleGrant(text: string): RoleGrant | null {
  const at = text.lastIndexOf(':');
  const [namespace, role] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  return isName(namespace) && isRole(role) ? { namespace, role } : null;
}

/** Reads `group=grant` where a grant is `namespace:ROLE` or `operator`; null when it is no such thing. */
export function readGroupGrant(text: string): { group: string; grant: Grant } | null {
  const at = text.lastIndexOf('=');
  const [group, right] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  const grant = right === 'operator' ? right : readRoleGrant(right);
  return group !== '' && grant !== null ? { group, grant } : null;
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
