import type { RequestScope } from '../../../platform/caller';
import { Coalescer } from '../../../platform/coalescer';
import type { Database } from '../../../platform/database/database';
import { queryIn } from '../../../platform/database/query-in';
import type { AuditLog } from '../../identity';
import type { JobPartitions } from '../sweep/job-partitions';
import { submitStatement, type SubmitRecord } from './submit.statement';

export interface Submit {
  scope: RequestScope;
  record: SubmitRecord;
}

const NO_PARTITION = '23514';

/** Writes submits: those that arrive together share one transaction of one statement for all rows and one for the audit events. */
export class SubmitWriter {
  readonly #coalescer = new Coalescer<Submit, boolean>({ maxBatch: 64, maxInFlight: 2, run: (submits) => this.#write(submits) });

  constructor(private readonly database: Database, private readonly audit: AuditLog, private readonly partitions: JobPartitions) {}

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

  #insert(submits: Submit[]): Promise<boolean[]> {
    return this.database.transaction(async (manager) => {
      const rows = await queryIn<{ id: string }>(manager, submitStatement(submits.map(({ record }) => record)));
      const written = new Set(rows.map(({ id }) => id));
      await this.audit.record(manager, submits.filter(({ record }) => written.has(record.id)).map(toAuditEntry));
      return submits.map(({ record }) => written.has(record.id));
    });
  }
}

function toAuditEntry({ scope, record: { id, namespace, deploymentId, itemCount } }: Submit) {
  return { scope, namespace, action: 'submitInference', subjectType: 'Job', subjectId: id, details: { deploymentId, itemCount } };
}
