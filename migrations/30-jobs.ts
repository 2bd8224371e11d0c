import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Jobs, partitioned by day through the time inside their UUIDv7 id, so that a look-up by id touches one day and retention drops whole days.
 * `created_at` is that same instant; `(namespace, id)` therefore pages by creation time without a column of its own.
 */
export class Jobs1700000000030 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table job (
        id uuid primary key,
        namespace text not null,
        deployment_id uuid not null,
        revision_id uuid not null,
        model_version_id uuid not null,
        status text not null default 'QUEUED',
        seq integer not null default 1,
        attempt integer not null default 1,
        priority integer not null,
        item_count integer not null,
        finished_count integer not null default 0,
        failed_count integer not null default 0,
        outputs jsonb,
        has_blobs boolean not null,
        deadline_ms integer,
        deadline_at timestamptz(3),
        expires_at timestamptz(3),
        error_code text,
        error_message text,
        batch_wait_ms real,
        compute_ms real,
        batch_size integer,
        created_by uuid not null,
        created_at timestamptz(3) not null,
        queued_at timestamptz(3) not null,
        started_at timestamptz(3),
        finished_at timestamptz(3)
      ) partition by range (id)`);
    await runner.query('create index job_of_namespace on job (namespace, id)');
    await runner.query('create index job_of_deployment on job (deployment_id, id)');
    // Columns that stay null for most jobs: an update that leaves them null stays heap-only, so these two cost the common path nothing.
    await runner.query('create index job_with_error on job (namespace, id) where error_code is not null');
    await runner.query('create index job_to_expire on job (expires_at) where expires_at is not null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
