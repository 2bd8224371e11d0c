import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `reuse`: the keys under which the results of a chunk's items are kept, and for how long; null: they are not. The others say that nothing was computed. */
export class ReusedChunks1700000000122 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table job_chunk add column reuse jsonb, add column served_from text, add column saved_ms real');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
