import pg from 'pg';
import { asUnavailable } from './unavailable';

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: boolean | Error) => void) => void;

/** A pg pool whose callers, TypeORM among them, get UNAVAILABLE when no connection can be had. */
export class PlatformPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    if (!callback) return super.connect().catch((error: unknown) => { throw asUnavailable(error); });
    super.connect((error, client, done) => callback(error && (asUnavailable(error) as Error), client, done));
  }
}
