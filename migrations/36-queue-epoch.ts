import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The mark that each queue backend carried when last seen: another mark means that it lost its entries. */
export class QueueEpoch1700000000036 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table queue_epoch (
        backend text primary key,
        epoch text not null,
        seen_at timestamptz(3) not null default now()
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
