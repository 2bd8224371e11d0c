import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Secrets that all processes of the platform share to sign URLs; made by the first that needs one. */
export class SigningKeys1700000000035 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table signing_key (
        purpose text primary key,
        secret bytea not null,
        created_at timestamptz(3) not null default now()
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
