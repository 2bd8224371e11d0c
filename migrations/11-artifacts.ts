import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which namespace holds which stored object: knowing a digest gives no one the bytes of another tenant. */
export class Artifacts1700000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table artifact_link (
        namespace text not null references namespace (name),
        digest text not null check (digest ~ '^[0-9a-f]{64}$'),
        size_bytes bigint not null,
        created_at timestamptz(3) not null default now(),
        primary key (namespace, digest)
      )`);
    await runner.query('create index artifact_link_digest on artifact_link (digest)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
