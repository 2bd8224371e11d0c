import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tensors kept outside the rows: inputs that a client uploads, outputs that a worker writes. The bytes are in the tensor store under the same id. */
export class TensorBlobs1700000000034 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table tensor_blob (
        id uuid primary key,
        namespace text not null,
        datatype text not null,
        shape integer[] not null,
        size_bytes bigint,
        state text not null check (state in ('PENDING', 'READY')),
        token_sha256 bytea unique,
        job_id uuid,
        created_by uuid,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null
      )`);
    await runner.query('create index tensor_blob_expiring on tensor_blob (expires_at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
