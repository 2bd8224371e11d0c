import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of several files before they are published. An upload is open until `completed_at`; it makes a version or a file of a draft. */
export class VersionDrafts1700000000112 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table version_draft (
        id uuid primary key,
        model_id uuid not null references model (id),
        namespace text not null,
        version_id uuid references model_version (id),
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null
      )`);
    await runner.query('create index version_draft_unpublished on version_draft (expires_at) where version_id is null');
    await runner.query(`
      create table draft_file (
        draft_id uuid not null references version_draft (id) on delete cascade,
        path text not null,
        namespace text not null,
        digest text not null,
        size_bytes bigint not null,
        created_at timestamptz(3) not null default now(),
        primary key (draft_id, path),
        foreign key (namespace, digest) references artifact_link (namespace, digest)
      )`);
    await runner.query('create index draft_file_object on draft_file (namespace, digest)');
    await runner.query(`
      alter table upload
        add column draft_id uuid references version_draft (id) on delete cascade, add column path text, add column completed_at timestamptz(3)`);
    await runner.query('update upload set completed_at = created_at where version_id is not null');
    await runner.query('drop index upload_unfinished');
    await runner.query('create index upload_unfinished on upload (expires_at) where completed_at is null');
    await runner.query('create index upload_draft on upload (draft_id)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
