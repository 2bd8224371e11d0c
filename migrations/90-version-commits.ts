import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The Git commit of a version. Null is the queue of what is still to be committed. */
export class VersionCommits1700000000090 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table model_version add column commit text check (commit ~ '^[0-9a-f]{40}$')`);
    await runner.query('create index model_version_uncommitted on model_version (model_id, number) where commit is null');
    await runner.query('create index model_version_commit on model_version (model_id, commit)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
