import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a worker takes direct calls; workers of before take none. */
export class DirectAddress1700000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table worker add column direct_address text');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
