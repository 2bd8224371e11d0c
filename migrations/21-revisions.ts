import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Immutable configurations of a deployment. */
export class Revisions1700000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table revision (
        id uuid primary key,
        deployment_id uuid not null references deployment (id),
        namespace text not null,
        number integer not null,
        model_version_id uuid not null,
        model_alias text,
        artifact_digest text not null,
        artifact_size_bytes bigint not null,
        signature jsonb not null,
        memory_bytes bigint not null check (memory_bytes > 0),
        intra_op_threads integer not null check (intra_op_threads > 0),
        max_batch_size integer not null check (max_batch_size > 0),
        max_batch_delay_ms integer not null check (max_batch_delay_ms >= 0),
        timeout_ms integer not null check (timeout_ms > 0),
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        unique (deployment_id, number)
      )`);
    await runner.query('create index revision_newest on revision (deployment_id, created_at desc, id desc)');
    await runner.query('create index revision_model_version on revision (model_version_id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
