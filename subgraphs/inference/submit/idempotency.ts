import crypto from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';

export interface KeyOwner {
  namespace: string;
  principalId: string;
  key: string;
}

/** How long a key is remembered. */
const KEY_TTL_HOURS = 24;

/** Idempotency keys of submits, unique per namespace and principal. */
export class IdempotencyKeys {
  constructor(private readonly database: Database) {}

  /**
   * The job that the key made, or null when the key is new.
   * @throws IDEMPOTENCY_CONFLICT when it was used with another body
   */
  async find({ namespace, principalId, key }: KeyOwner, bodySha256: string): Promise<string | null> {
    const rows = await this.database.query<{ jobId: string; body: string }>({
      name: 'inference-idempotency-key',
      text: `select job_id as "jobId", encode(body_sha256, 'hex') as body from idempotency_key where namespace = $1 and principal_id = $2 and key = $3`,
      values: [namespace, principalId, key],
    });
    const [row] = rows;
    if (!row) return null;
    if (row.body === bodySha256) return row.jobId;
    throw new PlatformError('IDEMPOTENCY_CONFLICT', `This idempotency key made job ${row.jobId} with another body; use a new key for new work.`, { jobId: row.jobId });
  }

  async forgetOld(): Promise<void> {
    await this.database.query({ text: `delete from idempotency_key where created_at < now() - $1 * interval '1 hour'`, values: [KEY_TTL_HOURS] });
  }
}

/** The digest that tells whether two submits ask for the same. GraphQL hands arguments over in the order of the schema, so equal bodies are equal text. */
export function bodyDigest(body: object): string {
  return crypto.createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
