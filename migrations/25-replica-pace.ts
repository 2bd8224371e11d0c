import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a replica has seen of its own speed, so that others can tell how long work will take before it runs. */
export class ReplicaPace1700000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table replica add column item_ms real');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
