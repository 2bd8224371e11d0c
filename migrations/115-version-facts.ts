import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is told of how a version was made and how good it is: `[{"name": …, "value": …}]` by name, and where it comes from. */
export class VersionFacts1700000000115 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table model_version
        add column metrics jsonb not null default '[]',
        add column parameters jsonb not null default '[]',
        add column derived_from uuid references model_version (id),
        add column base_model text,
        add column dataset text,
        add column training_run_url text`);
    await runner.query('create index model_version_derived on model_version (derived_from) where derived_from is not null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
