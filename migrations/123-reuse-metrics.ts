import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Items that were answered with a kept result, and with one that was being computed. */
export class ReuseMetrics1700000000123 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table deployment_metric add column cached bigint not null default 0, add column coalesced bigint not null default 0');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
