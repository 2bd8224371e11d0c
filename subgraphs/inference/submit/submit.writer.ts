import type { RequestScope } from '../../../platform/caller';
import { Coalescer } from '../../../platform/coalescer';
import type { Database } from '../../../platform/database/database';
import type { AuditEntry } from '../../identity';
import type { JobPartitions } from '../sweep/job-partitions';
import { submitStatement, type SubmitRecord } from './submit.statement';

export interface Submit {
  scope: RequestScope;
  record: SubmitRecord;
}

const NO_PARTITION = '23514';

/** Writes submits: those that arrive together share one statement for all rows, audit events included. One statement is one transaction and one round trip. */
export class SubmitWriter {
  readonly #coalescer = new Coalescer<Submit, boolean>({ maxBatch: 64, maxInFlight: 2, run: (submits) => this.#write(submits) });

  constructor(private readonly database: Database, private readonly partitions: JobPartitions) {}

  /** False when the submit's idempotency key was taken in the meantime; nothing of it is written then. */
  write(submit: Submit): Promise<boolean> {
    return this.#coalescer.add(submit);
  }

  async #write(submits: Submit[]): Promise<boolean[]> {
    try {
      return await this.#insert(submits);
    } catch (error) {
      // Without a sweeper for days there is no partition for today; a submit must not wait for one.
      if ((error as { code?: unknown }).code !== NO_PARTITION) throw error;
      await this.partitions.ensure();
      return this.#insert(submits);
    }
  }

  async #insert(submits: Submit[]): Promise<boolean[]> {
    const rows = await this.database.query<{ id: string }>(submitStatement(submits.map(({ record }) => record), submits.map(toAuditEntry)));
    const written = new Set(rows.map(({ id }) => id));
    return submits.map(({ record }) => written.has(record.id));
  }
}

function toAuditEntry({ scope, record: { id, namespace, deploymentId, itemCount } }: Submit): AuditEntry {
  return { scope, namespace, action: 'submitInference', subjectType: 'Job', subjectId: id, details: { deploymentId, itemCount } };
}
