import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each key has spent in its present window (milliseconds since 1970); the columns are rate-limiter-flexible's. */
export class CostBudgets1700000000040 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table cost_budgets (
        key varchar(255) primary key,
        points integer not null default 0,
        expire bigint
      )
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
