import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Movable names of versions and every move they made. A removed alias keeps its row, so that its history stays one. */
export class ModelAliases1700000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table model_alias (
        id uuid primary key,
        model_id uuid not null references model (id),
        name text not null,
        version_id uuid references model_version (id),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        constraint model_alias_name unique (model_id, name)
      )`);
    await runner.query(`
      create table alias_change (
        id uuid primary key,
        alias_id uuid not null references model_alias (id),
        version_id uuid references model_version (id),
        created_by uuid not null,
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query('create index alias_change_newest on alias_change (alias_id, created_at desc, id desc)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
