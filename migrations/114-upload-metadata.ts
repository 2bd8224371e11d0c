import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a tus client said of its upload, which it is told again when it asks where it stands. */
export class UploadMetadata1700000000114 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table upload add column metadata text');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
