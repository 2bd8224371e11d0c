import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The history of which revision took the traffic. */
export class Releases1700000000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table release (
        id uuid primary key,
        deployment_id uuid not null references deployment (id),
        number integer not null,
        revision_id uuid not null references revision (id),
        state text not null check (state in ('PENDING', 'LIVE', 'SUPERSEDED')),
        reason text,
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        live_at timestamptz(3),
        ended_at timestamptz(3),
        unique (deployment_id, number)
      )`);
    await runner.query('create index release_newest on release (deployment_id, created_at desc, id desc)');
    await runner.query(`create index release_ended on release (ended_at) where state = 'SUPERSEDED'`);
    await runner.query(`create unique index release_live on release (deployment_id) where state = 'LIVE'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
