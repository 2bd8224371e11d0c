import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, and who acts in them. Names are immutable: rows of every other table carry the name itself. */
export class Namespaces1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table principal (
        id uuid primary key,
        name text not null,
        is_operator boolean not null default false,
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query(`
      create table namespace (
        id uuid primary key,
        name text not null unique,
        created_by uuid not null references principal (id),
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query('create index namespace_newest on namespace (created_at desc, id desc)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
