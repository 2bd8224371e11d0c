import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a version holds beside its model, and where in it the model lies. `blob` names the file in Git, where a push brought it. */
export class VersionFiles1700000000111 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table model_version add column path text not null default 'model.onnx'`);
    await runner.query(`
      create table version_file (
        version_id uuid not null references model_version (id),
        path text not null,
        namespace text not null,
        digest text not null,
        size_bytes bigint not null,
        blob text,
        primary key (version_id, path),
        foreign key (namespace, digest) references artifact_link (namespace, digest)
      )`);
    await runner.query('create index version_file_object on version_file (namespace, digest)');
    await runner.query(`alter table repository_push add column path text not null default 'model.onnx', add column files jsonb not null default '[]'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
