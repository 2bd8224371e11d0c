import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Immutable artifacts with what inspection read from them; a row appears only when its bytes are complete. */
export class ModelVersions1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table model_version (
        id uuid primary key,
        model_id uuid not null references model (id),
        namespace text not null,
        number int not null,
        digest text not null,
        size_bytes bigint not null,
        state text not null check (state in ('INSPECTING', 'READY', 'REJECTED', 'ARCHIVED')),
        signature jsonb,
        graph jsonb,
        error_code text,
        error_message text,
        inspection_attempts int not null default 0,
        created_by uuid not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        constraint model_version_number unique (model_id, number),
        foreign key (namespace, digest) references artifact_link (namespace, digest)
      )`);
    await runner.query('create index model_version_newest on model_version (model_id, created_at desc, id desc)');
    await runner.query(`create index model_version_inspecting on model_version (created_at) where state = 'INSPECTING'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
