import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pushes whose refs may have moved and whose version is not finished: written before the refs move, deleted with the version's commit. */
export class RepositoryPushes1700000000092 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table repository_push (
        id uuid primary key,
        model_id uuid not null references model (id),
        namespace text not null,
        commit text not null check (commit ~ '^[0-9a-f]{40}$'),
        digest text not null,
        size_bytes bigint not null,
        version_id uuid references model_version (id),
        created_by uuid not null,
        request_id text not null,
        created_at timestamptz(3) not null default now()
      )`);
    await runner.query('create index repository_push_model on repository_push (model_id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
