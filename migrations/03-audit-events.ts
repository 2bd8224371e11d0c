import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One row per mutation that succeeded, written in the mutation's own transaction. */
export class AuditEvents1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_event (
        id uuid primary key,
        namespace text,
        action text not null,
        subject_type text not null,
        subject_id text not null,
        principal_id uuid not null,
        request_id text not null,
        details jsonb not null default '{}',
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query('create index audit_event_newest on audit_event (namespace, created_at desc, id desc)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
