import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Named models. `last_version_number` hands out version numbers under its row lock: gapless, and never twice. */
export class Models1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table model (
        id uuid primary key,
        namespace text not null references namespace (name),
        name text not null,
        description text,
        tags text[] not null default '{}',
        last_version_number int not null default 0,
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        archived_at timestamptz(3),
        constraint model_full_name unique (namespace, name)
      )`);
    await runner.query('create index model_newest on model (namespace, created_at desc, id desc)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
