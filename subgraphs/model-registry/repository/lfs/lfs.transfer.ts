import { z } from 'zod';
import { rangedHead } from '../../../../platform/bytes/byte-range';
import type { ByteReply, ByteRequest } from '../../../../platform/bytes/byte-route';
import type { Database } from '../../../../platform/database/database';
import { PlatformError } from '../../../../platform/errors';
import { DIGEST, type ArtifactStore } from '../../artifacts/artifact-store';
import { tooLarge } from '../../artifacts/measured-bytes';
import { addObject, objectsOf, type RepositoryKey } from './object.store';

export interface TransferParts {
  database: Database;
  artifacts: ArtifactStore;
  maxBytes: number;
}

export const verifyRequest = z.object({ oid: z.string().regex(DIGEST), size: z.int().min(0) });

/** The bytes of LFS objects, each of them in the repositories to which it was sent and in no other (Git LFS, docs/api/basic-transfers.md). */
export class LfsTransfer {
  constructor(private readonly parts: TransferParts) {}

  /** Takes all of the bytes, also where the store has them: whoever sends them has shown that he has them. @throws UPLOAD_INCOMPLETE, UPLOAD_TOO_LARGE */
  async receive(key: RepositoryKey, digest: string, { body, headers, signal }: ByteRequest): Promise<ByteReply> {
    const { database, artifacts, maxBytes } = this.parts;
    const sizeBytes = headers['content-length'] === undefined ? null : Number(headers['content-length']);
    if (sizeBytes !== null && sizeBytes > maxBytes) throw tooLarge(maxBytes);
    const artifact = await artifacts.write(body, { maxBytes, sizeBytes, digest, signal });
    await database.transaction(async (manager) => {
      await addObject(manager, key, artifact);
      if (!await artifacts.stat(digest)) throw new PlatformError('UPLOAD_INCOMPLETE', 'The object was cleared away before it was linked. Send it again.');
    });
    return { status: 200 };
  }

  /** @throws RANGE_NOT_SATISFIABLE; ARTIFACT_NOT_FOUND also where another repository has it */
  async send({ modelId }: RepositoryKey, digest: string, request: ByteRequest): Promise<ByteReply> {
    const sizeBytes = await this.#sizeOf(modelId, digest);
    const { status, headers, range } = rangedHead(request, { sizeBytes, etag: `"${digest}"` });
    return {
      status,
      headers: {
        'content-type': 'application/octet-stream', 'cache-control': 'private, immutable, max-age=3600', 'x-content-type-options': 'nosniff', ...headers,
      },
      body: request.method === 'HEAD' ? undefined : await this.parts.artifacts.read(digest, range ?? undefined),
    };
  }

  /** @throws ARTIFACT_NOT_FOUND unless the repository has the object with this size */
  async verify({ modelId }: RepositoryKey, { oid, size }: z.infer<typeof verifyRequest>): Promise<ByteReply> {
    if (await this.#sizeOf(modelId, oid) !== size) throw missing();
    return { status: 200 };
  }

  async #sizeOf(modelId: string, digest: string): Promise<number> {
    const size = (await objectsOf(this.parts.database, modelId, [digest])).get(digest);
    if (size === undefined) throw missing();
    return size;
  }
}

function missing(): PlatformError {
  return new PlatformError('ARTIFACT_NOT_FOUND', 'This repository has no such object.');
}
