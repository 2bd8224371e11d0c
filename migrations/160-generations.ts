import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Generations that outlive their readers, and the tokens they gave. Who steps one holds its lease; silent for a while, another takes it over. */
export class Generations1700000000160 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table generation (
        id uuid primary key,
        namespace text not null,
        deployment_id uuid not null,
        revision_id uuid not null,
        principal_id uuid not null,
        key text not null,
        body_sha256 bytea not null,
        request jsonb not null,
        state text not null default 'RUNNING' check (state in ('RUNNING', 'ENDED')),
        seq int not null default 0,
        finish_reason text,
        error_code text,
        error_message text,
        lease int not null default 1,
        seen_at timestamptz(3) not null default now(),
        deadline_at timestamptz(3) not null,
        created_at timestamptz(3) not null default now(),
        unique (namespace, principal_id, key)
      )`);
    await runner.query(`create index generation_silent on generation (seen_at) where state = 'RUNNING'`);
    await runner.query('create index generation_oldest on generation (created_at)');
    // Tokens as they were written together, the first of them numbered: few rows, and none is ever written again.
    await runner.query(`
      create table generation_tokens (
        generation_id uuid not null references generation (id) on delete cascade,
        first_seq int not null,
        tokens int[] not null,
        primary key (generation_id, first_seq)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
