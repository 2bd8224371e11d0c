import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The wish to serve a model under a stable name. Deleted deployments keep their row, since jobs name it. */
export class Deployments1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table deployment (
        id uuid primary key,
        namespace text not null,
        name text not null,
        model_id uuid not null,
        model_full_name text not null,
        status text not null check (status in ('PENDING', 'PROGRESSING', 'READY', 'DEGRADED', 'FAILED', 'STOPPED', 'DELETED')),
        reason_code text,
        reason_message text,
        desired_replicas integer not null check (desired_replicas > 0),
        live_release_id uuid,
        next_release_id uuid,
        revision_count integer not null default 0,
        release_count integer not null default 0,
        version integer not null default 1,
        retry_from timestamptz(3) not null default now(),
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3)
      )`);
    await runner.query('create unique index deployment_name on deployment (namespace, name) where deleted_at is null');
    await runner.query('create index deployment_newest on deployment (created_at desc, id desc) where deleted_at is null');
    await runner.query('create index deployment_model on deployment (model_id, created_at desc, id desc) where deleted_at is null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
