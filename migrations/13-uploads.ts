import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Single-purpose upload URLs, kept as the SHA-256 of their token. */
export class Uploads1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table upload (
        id uuid primary key,
        model_id uuid not null references model (id),
        namespace text not null,
        token_sha256 bytea not null unique,
        size_bytes bigint,
        digest text,
        version_id uuid references model_version (id),
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null
      )`);
    await runner.query('create index upload_unfinished on upload (expires_at) where version_id is null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
