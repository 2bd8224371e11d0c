import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The span that a job was submitted in (W3C traceparent), where that is traced: what workers do for the job becomes part of the same trace. */
export class JobTraces1700000000050 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table job add column traceparent text');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
