import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Processes that host replicas, and the replicas with the memory each reserves. */
export class WorkersAndReplicas1700000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table worker (
        id uuid primary key,
        name text not null,
        host text not null,
        pid integer not null,
        devices jsonb not null,
        memory_bytes bigint not null,
        state text not null check (state in ('ACTIVE', 'DRAINING', 'GONE')),
        heartbeat_at timestamptz(3) not null default now(),
        created_at timestamptz(3) not null default now(),
        gone_at timestamptz(3)
      )`);
    await runner.query(`create unique index worker_name on worker (name) where state <> 'GONE'`);
    await runner.query(`
      create table replica (
        id uuid primary key,
        deployment_id uuid not null references deployment (id),
        revision_id uuid not null references revision (id),
        worker_id uuid not null references worker (id),
        device text not null,
        state text not null check (state in ('ASSIGNED', 'LOADING', 'READY', 'FAILED', 'STOPPING', 'STOPPED', 'LOST')),
        reason_code text,
        reason_message text,
        memory_bytes bigint not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        ready_at timestamptz(3)
      )`);
    await runner.query(`create index replica_worker on replica (worker_id) where state in ('ASSIGNED', 'LOADING', 'READY', 'STOPPING')`);
    await runner.query('create index replica_deployment on replica (deployment_id, state)');
    await runner.query(`create index replica_ended on replica (updated_at) where state in ('FAILED', 'STOPPED', 'LOST')`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
