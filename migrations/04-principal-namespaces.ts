import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The namespaces in which someone came with a role from a token issuer: who may see their name there. An API key's row says it of the key's
 * holder; what an issuer grants is written nowhere else. A namespace may be granted before it is made.
 */
export class PrincipalNamespaces1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table principal_namespace (
        principal_id uuid not null references principal (id),
        namespace text not null,
        primary key (principal_id, namespace)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
