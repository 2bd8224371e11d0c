import type { Database } from '../../../platform/database/database';
import type { Datatype } from '../../../platform/tensor/datatype';

export interface TensorBlobRow {
  id: string;
  namespace: string;
  datatype: Datatype;
  shape: number[];
  sizeBytes: number | null;
  expiresAt: Date;
}

const COLUMNS = 'id, namespace, datatype, shape, size_bytes::float8 as "sizeBytes", expires_at as "expiresAt"';

/** What is known of the tensors in the store. Rows come before bytes on upload, after them when a worker writes. */
export class TensorBlobStore {
  constructor(private readonly database: Database) {}

  async addWritten(blob: Omit<TensorBlobRow, 'expiresAt'> & { jobId: string; ttlMs: number }): Promise<void> {
    await this.database.query({
      name: 'inference-blob-written',
      text: `insert into tensor_blob (id, namespace, datatype, shape, size_bytes, state, job_id, expires_at)
             values ($1, $2, $3, $4, $5, 'READY', $6, now() + $7 * interval '1 ms')`,
      values: [blob.id, blob.namespace, blob.datatype, blob.shape, blob.sizeBytes, blob.jobId, blob.ttlMs],
    });
  }

  async pendingByToken(tokenSha256: Buffer): Promise<TensorBlobRow | null> {
    const rows = await this.database.query<TensorBlobRow>({
      text: `select ${COLUMNS} from tensor_blob where token_sha256 = $1 and state = 'PENDING' and expires_at > now()`,
      values: [tokenSha256],
    });
    return rows[0] ?? null;
  }

  /** PENDING → READY, which uses the token up; false when another upload was first or the URL expired meanwhile. */
  async complete(id: string, { sizeBytes, ttlMs }: { sizeBytes: number; ttlMs: number }): Promise<boolean> {
    const rows = await this.database.query({
      text: `update tensor_blob set state = 'READY', token_sha256 = null, size_bytes = $2, expires_at = now() + $3 * interval '1 ms'
             where id = $1 and state = 'PENDING' and expires_at > now() returning id`,
      values: [id, sizeBytes, ttlMs],
    });
    return rows.length === 1;
  }

  async ready(id: string): Promise<TensorBlobRow | null> {
    const rows = await this.database.query<TensorBlobRow>({
      text: `select ${COLUMNS} from tensor_blob where id = $1 and state = 'READY' and expires_at > now()`, values: [id],
    });
    return rows[0] ?? null;
  }

  /** The blobs of a namespace that can be read, each kept for at least another `ttlMs`: a job is about to need them. */
  async keep(namespace: string, ids: readonly string[], ttlMs: number): Promise<TensorBlobRow[]> {
    return this.database.query<TensorBlobRow>({
      text: `update tensor_blob set expires_at = greatest(expires_at, now() + $3 * interval '1 ms')
             where id in (select id from tensor_blob where id = any($2::uuid[]) order by id for no key update)
               and namespace = $1 and state = 'READY' and expires_at > now()
             returning ${COLUMNS}`,
      values: [namespace, ids, ttlMs],
    });
  }

  /** Forgets expired blobs, up to `limit`, and returns their ids so that their bytes can go as well. */
  async takeExpired(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>({
      text: `delete from tensor_blob where id in (select id from tensor_blob where expires_at < now() order by expires_at limit $1) returning id`,
      values: [limit],
    });
    return rows.map(({ id }) => id);
  }
}
