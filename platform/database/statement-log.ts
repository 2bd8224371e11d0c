import type { Logger } from 'typeorm';
import type { Log } from '../log';

/** What TypeORM says, as lines of our log; never the statements' values. A failed statement is logged by whoever handles its error. */
export class StatementLog implements Logger {
  constructor(private readonly sink: Log) {}

  logQuery(text: string): void {
    this.sink.trace({ text }, 'statement');
  }

  logQueryError(error: string | Error, text: string): void {
    this.sink.debug({ err: error, text }, 'statement failed');
  }

  logQuerySlow(durationMs: number, text: string): void {
    this.sink.warn({ durationMs, text }, 'slow statement');
  }

  logSchemaBuild(message: string): void {
    this.sink.debug({ detail: message }, 'schema');
  }

  logMigration(message: string): void {
    this.sink.info({ detail: message }, 'migration');
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.sink[level === 'warn' ? 'warn' : 'debug']({ detail: message }, 'typeorm');
  }
}
