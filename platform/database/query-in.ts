import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import type { Statement } from './database';

/** Runs a statement on the connection of a transaction; TypeORM's own `manager.query` knows no prepared statements. */
export async function queryIn<Row extends object>(manager: EntityManager, statement: Statement): Promise<Row[]> {
  if (!manager.queryRunner) throw new Error('queryIn needs the manager of a transaction.');
  const client = await manager.queryRunner.connect() as pg.ClientBase;
  return (await client.query<Row & pg.QueryResultRow>(statement)).rows;
}
