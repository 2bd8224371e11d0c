import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What happened to a deployment, for people to read; no state is derived from it. */
export class DeploymentEvents1700000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table deployment_event (
        id uuid primary key,
        deployment_id uuid not null references deployment (id),
        kind text not null,
        message text not null,
        reason_code text,
        replica_id uuid,
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query('create index deployment_event_newest on deployment_event (deployment_id, created_at desc, id desc)');
    await runner.query('create index deployment_event_age on deployment_event (created_at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
