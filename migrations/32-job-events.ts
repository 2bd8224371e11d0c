import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The history of a job: `seq` counts without gaps, since it is taken from the job's row under that row's lock. */
export class JobEvents1700000000032 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table job_event (
        job_id uuid not null,
        seq integer not null,
        kind text not null,
        at timestamptz(3) not null,
        first_item integer,
        item_count integer,
        message text,
        primary key (job_id, seq)
      ) partition by range (job_id)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
