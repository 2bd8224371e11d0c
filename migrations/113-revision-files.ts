import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lies beside the model of a revision: it must load without asking the registry. */
export class RevisionFiles1700000000113 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table revision add column artifact_path text not null default 'model.onnx', add column files jsonb not null default '[]'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
