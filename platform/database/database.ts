import type { DataSource, EntityManager, EntitySchema } from 'typeorm';

export type EntityClass = (new (...parameters: never[]) => object) | EntitySchema;

/** Rows of one parameterised statement. A `name` makes it a prepared statement, parsed and planned once per connection. */
export interface Statement {
  name?: string;
  text: string;
  values: unknown[];
}

/** One process's way to Postgres: TypeORM for plain reads and writes, `query` for statements where locking or state matters. */
export interface Database {
  readonly source: DataSource;
  query<Row extends object>(statement: Statement): Promise<Row[]>;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Runs `work` in this process alone while it holds the advisory lock `name`; resolves with null at once where another holds it. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  close(): Promise<void>;
}
