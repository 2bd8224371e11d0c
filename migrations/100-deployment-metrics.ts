import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What became of each deployment's items, in steps of ten seconds. `latency` and `compute` count items on the scale of `platform/metrics/latency-scale`;
 * processes add to the same row, so counts are summed position by position.
 */
export class DeploymentMetrics1700000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function add_counts(a bigint[], b bigint[]) returns bigint[] language sql immutable parallel safe
      return (select array_agg(coalesce(x, 0) + coalesce(y, 0) order by position) from unnest(a, b) with ordinality as t(x, y, position))`);
    await runner.query(`create aggregate sum_counts(bigint[]) (sfunc = add_counts, stype = bigint[], combinefunc = add_counts, initcond = '{}', parallel = safe)`);
    // Rows are updated every two seconds for ten seconds: room on the page keeps the versions there.
    await runner.query(`
      create table deployment_metric (
        deployment_id uuid not null,
        at timestamptz(3) not null,
        finished bigint not null,
        failed bigint not null,
        latency_ms double precision not null,
        queued_ms double precision not null,
        compute_ms double precision not null,
        saved_ms double precision not null,
        drops bigint[] not null,
        latency bigint[] not null,
        compute bigint[] not null,
        primary key (deployment_id, at)
      ) with (fillfactor = 50)`);
    await runner.query('create index deployment_metric_by_time on deployment_metric using brin (at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations are forward-only.');
  }
}
