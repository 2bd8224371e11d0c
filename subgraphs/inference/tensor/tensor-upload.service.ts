import crypto from 'node:crypto';
import { requireRole, type RequestScope } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { queryIn } from '../../../platform/database/query-in';
import { PlatformError } from '../../../platform/errors';
import type { Datatype } from '../../../platform/tensor/datatype';
import { expectedBytes } from '../../../platform/tensor/element-count';
import { newId } from '../../../platform/uuid';
import type { AuditLog } from '../../identity';

export interface TensorUpload {
  blob: string;
  url: string;
  method: 'PUT';
  expiresAt: Date;
}

export interface UploadSettings {
  /** Where clients reach the gateway, without a slash at the end. */
  publicUrl: string;
  maxBytes: number;
  uploadTtlMs: number;
}

/** Hands out one-time URLs for input tensors above 64 KiB. */
export class TensorUploadService {
  constructor(private readonly database: Database, private readonly audit: AuditLog, private readonly settings: UploadSettings) {}

  /**
   * @throws NAMESPACE_NOT_FOUND FORBIDDEN
   * @throws TENSOR_INVALID when the shape is none
   * @throws UPLOAD_TOO_LARGE when shape and datatype promise more than TENSOR_MAX_BYTES
   */
  async create(
    scope: RequestScope, { namespace, datatype, shape }: { namespace: string; datatype: Datatype; shape: number[] },
  ): Promise<TensorUpload> {
    requireRole(scope.caller, namespace, 'CALLER');
    const { publicUrl, maxBytes, uploadTtlMs } = this.settings;
    const sizeBytes = expectedBytes({ name: 'blob', datatype, shape });
    if (sizeBytes !== null && sizeBytes > maxBytes) {
      throw new PlatformError(
        'UPLOAD_TOO_LARGE',
        `A tensor of at most ${maxBytes} bytes was expected; ${datatype}[${shape.join(', ')}] takes ${sizeBytes}.`,
        { maxBytes },
      );
    }
    const blob = newId();
    const token = crypto.randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + uploadTtlMs);
    await this.database.transaction(async (manager) => {
      await queryIn(manager, {
        text: `insert into tensor_blob (id, namespace, datatype, shape, size_bytes, state, token_sha256, created_by, expires_at)
               values ($1, $2, $3, $4, $5, 'PENDING', $6, $7, $8)`,
        values: [blob, namespace, datatype, shape, sizeBytes, tokenDigest(token), scope.caller.principalId, expiresAt],
      });
      await this.audit.record(manager, {
        scope, namespace, action: 'createTensorUpload', subjectType: 'TensorBlob', subjectId: blob, details: { datatype, shape },
      });
    });
    return { blob, url: `${publicUrl}/tensors/${token}`, method: 'PUT', expiresAt };
  }
}

/** Tokens are kept as digests: who reads the table cannot upload. */
export function tokenDigest(token: string): Buffer {
  return crypto.createHash('sha256').update(token).digest();
}
