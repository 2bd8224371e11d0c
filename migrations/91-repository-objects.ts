import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which repository has which LFS object. `pushed_at` is null until an accepted push names the object; then it is kept for good. */
export class RepositoryObjects1700000000091 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table repository_object (
        model_id uuid not null references model (id),
        namespace text not null,
        digest text not null,
        size_bytes bigint not null,
        created_at timestamptz(3) not null default now(),
        pushed_at timestamptz(3),
        primary key (model_id, digest),
        foreign key (namespace, digest) references artifact_link (namespace, digest)
      )`);
    await runner.query('create index repository_object_digest on repository_object (namespace, digest)');
    await runner.query('create index repository_object_unpushed on repository_object (created_at) where pushed_at is null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
