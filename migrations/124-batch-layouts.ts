import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How items lie in a batch: along which named dimension they are joined (null: the first), and which dimensions are padded to a common length. */
export class BatchLayouts1700000000124 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table revision add column batch_dimension text, add column padding jsonb not null default '[]'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
