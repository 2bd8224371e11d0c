import type { MigrationClass } from '../platform/database/migrate';
import { Namespaces1700000000001 } from './01-namespaces';
import { ApiKeys1700000000002 } from './02-api-keys';
import { AuditEvents1700000000003 } from './03-audit-events';

/** Every migration in order; forward-only, one fact each. */
export const migrations: readonly MigrationClass[] = [
  Namespaces1700000000001,
  ApiKeys1700000000002,
  AuditEvents1700000000003,
];
