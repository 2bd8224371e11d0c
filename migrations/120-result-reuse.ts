import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether results of a deployment are used again, and since when: results from before are not. Null: they are not. */
export class ResultReuse1700000000120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table deployment
        add column reuse_ttl_ms integer check (reuse_ttl_ms > 0),
        add column reuse_max_bytes bigint check (reuse_max_bytes > 0),
        add column reuse_since timestamptz(3),
        add check (num_nulls(reuse_ttl_ms, reuse_max_bytes, reuse_since) in (0, 3))`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
