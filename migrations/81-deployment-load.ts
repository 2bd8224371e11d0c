import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How many items each deployment has waiting and unfinished, as the sum over slots: each stream of statements adds to a slot of its own, so that none
 * waits for another. The slot "gate" alone is a lock: who submits under a limit takes it.
 */
export class DeploymentLoad1700000000081 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Rows are updated many times a second: room on the page keeps the versions there.
    await runner.query(`
      create table deployment_load (
        deployment_id uuid not null,
        slot text not null,
        waiting bigint not null,
        waiting_first bigint not null,
        unfinished bigint not null,
        told_at timestamptz(3) not null default now(),
        primary key (deployment_id, slot)
      ) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
    await runner.query(`
      insert into deployment_load (deployment_id, slot, waiting, waiting_first, unfinished)
      select j.deployment_id, 'base', coalesce(sum(c.item_count) filter (where c.status = 'QUEUED'), 0),
        coalesce(sum(c.item_count) filter (where c.status = 'QUEUED' and j.priority = 0), 0), sum(c.item_count)
      from job_chunk c join job j on j.id = c.job_id where c.status in ('QUEUED', 'RUNNING') group by j.deployment_id`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
