import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The unit of work and of storage: some items of a job, packed. `lease` is the fencing token, `strikes` what lost runs have used up. */
export class JobChunks1700000000031 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table job_chunk (
        job_id uuid not null,
        revision_id uuid not null,
        chunk integer not null,
        first_item integer not null,
        item_count integer not null,
        status text not null default 'QUEUED',
        lease integer not null default 1,
        attempt integer not null default 0,
        strikes integer not null default 0,
        worker_id uuid,
        queued_at timestamptz(3) not null,
        enqueued_at timestamptz(3),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        failed_count integer not null default 0,
        errors jsonb,
        batch_wait_ms real,
        compute_ms real,
        batch_size integer,
        inputs bytea not null,
        outputs bytea,
        primary key (job_id, chunk)
      ) partition by range (job_id)`);
    // Tensors do not compress; without this every chunk above 2 KiB is compressed in vain.
    await runner.query('alter table job_chunk alter column inputs set storage external, alter column outputs set storage external');
    await runner.query(`create index job_chunk_unsent on job_chunk (queued_at) where status = 'QUEUED' and enqueued_at is null`);
    await runner.query(`create index job_chunk_queued on job_chunk (revision_id) where status = 'QUEUED'`);
    await runner.query(`create index job_chunk_running on job_chunk (worker_id) where status = 'RUNNING'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
