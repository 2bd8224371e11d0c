import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a deployment lets in, apart from how its revisions serve: an operator changes it without loading anything anew. Null: no limit. */
export class Admission1700000000080 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table deployment
        add column max_queue integer check (max_queue > 0),
        add column max_in_flight integer check (max_in_flight > 0),
        add column deadline_ms integer check (deadline_ms > 0)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
