import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Aliases that only admins move, and of a rollback the move whose version it brought back: the next one goes on from there. */
export class AliasProtection1700000000110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table model_alias add column is_protected boolean not null default false');
    await runner.query('alter table alias_change add column restores uuid references alias_change (id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
