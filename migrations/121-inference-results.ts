import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Results that are used again, by what they were computed from. Without a write-ahead log: a crash of Postgres empties the table, and everything in it can be
 * computed again.
 */
export class InferenceResults1700000000121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create unlogged table inference_result (
        revision_id uuid not null,
        key bytea not null,
        deployment_id uuid not null,
        outputs bytea not null,
        size_bytes bigint not null,
        compute_ms real not null,
        expires_at timestamptz(3) not null,
        primary key (revision_id, key)
      )`);
    // Tensors do not compress; without this every result above 2 KiB is compressed in vain.
    await runner.query('alter table inference_result alter column outputs set storage external');
    await runner.query('create index inference_result_by_age on inference_result (deployment_id, expires_at)');
    await runner.query('create index inference_result_expiry on inference_result (expires_at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
