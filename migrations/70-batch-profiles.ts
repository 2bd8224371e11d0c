import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What workers measured of a revision on their devices; a null maximum leaves the choice to them. */
export class BatchProfiles1700000000070 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table revision alter column max_batch_size drop not null');
    await runner.query(`
      create table batch_profile (
        revision_id uuid not null references revision (id),
        worker_name text not null,
        host text not null,
        device text not null,
        "table" jsonb not null,
        chosen_max_batch integer not null check (chosen_max_batch > 0),
        gain real,
        max_relative_error real,
        reason text not null,
        measured_at timestamptz(3) not null default now(),
        primary key (revision_id, worker_name, host, device)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
