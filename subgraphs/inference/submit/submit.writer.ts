import { Coalescer } from '../../../platform/coalescer';
import type { Database } from '../../../platform/database/database';
import type { JobPartitions } from '../sweep/job-partitions';
import { submitStatement, type SubmitRecord } from './submit.statement';

const NO_PARTITION = '23514';

/** Writes submits: those that arrive together share one statement for all rows, audit events included. One statement is one transaction and one round trip. */
export class SubmitWriter {
  readonly #coalescer = new Coalescer<SubmitRecord, boolean>({ maxBatch: 64, maxInFlight: 2, run: (records) => this.#write(records) });

  constructor(private readonly database: Database, private readonly partitions: JobPartitions) {}

  /** False when the submit's idempotency key was taken in the meantime; nothing of it is written then. */
  write(record: SubmitRecord): Promise<boolean> {
    return this.#coalescer.add(record);
  }

  async #write(records: SubmitRecord[]): Promise<boolean[]> {
    try {
      return await this.#insert(records);
    } catch (error) {
      // Without a sweeper for days there is no partition for today; a submit must not wait for one.
      if ((error as { code?: unknown }).code !== NO_PARTITION) throw error;
      await this.partitions.ensure();
      return this.#insert(records);
    }
  }

  async #insert(records: SubmitRecord[]): Promise<boolean[]> {
    const rows = await this.database.query<{ id: string }>(submitStatement(records));
    const written = new Set(rows.map(({ id }) => id));
    return records.map(({ id }) => written.has(id));
  }
}
