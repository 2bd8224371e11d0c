import type { MigrationInterface, QueryRunner } from 'typeorm';

/** API keys, kept as SHA-256 alone. The operator's bootstrap key has no namespace. */
export class ApiKeys1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_key (
        id uuid primary key,
        namespace text references namespace (name),
        principal_id uuid not null references principal (id),
        name text not null,
        prefix text not null,
        secret_sha256 bytea not null unique,
        role text not null check (role in ('VIEWER', 'CALLER', 'DEVELOPER', 'ADMIN')),
        created_by uuid not null references principal (id),
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3),
        expires_at timestamptz(3),
        revoked_at timestamptz(3)
      )`);
    await runner.query('create index api_key_newest on api_key (namespace, created_at desc, id desc)');
    await runner.query('create index api_key_principal on api_key (principal_id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
