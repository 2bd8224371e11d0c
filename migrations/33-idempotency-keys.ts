import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which job an idempotency key made. Not partitioned: its uniqueness must hold across days. */
export class IdempotencyKeys1700000000033 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_key (
        namespace text not null,
        principal_id uuid not null,
        key text not null,
        body_sha256 bytea not null,
        job_id uuid not null,
        created_at timestamptz(3) not null default now(),
        primary key (namespace, principal_id, key)
      )`);
    await runner.query('create index idempotency_key_oldest on idempotency_key (created_at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
