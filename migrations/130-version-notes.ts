import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people say of a version: a description, and tags of a key and a value, `[{"key": …, "value": …}]` in the order of their keys. */
export class VersionNotes1700000000130 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table model_version add column description text, add column tags jsonb not null default '[]'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
