import { z } from 'zod';
import type { Database } from '../../../../platform/database/database';
import { DIGEST } from '../../artifacts/artifact-store';
import { objectsOf } from './object.store';

/** The body of `POST …/info/lfs/objects/batch` (Git LFS, docs/api/batch.md). */
export const batchRequest = z.object({
  operation: z.enum(['upload', 'download']),
  hash_algo: z.string().optional(),
  objects: z.array(z.object({ oid: z.string().regex(DIGEST), size: z.int().min(0) })).max(1_000),
});

interface WantedObject {
  oid: string;
  size: number;
}

interface Action {
  href: string;
}

export interface BatchObject extends WantedObject {
  actions?: { download: Action } | { upload: Action; verify: Action };
  error?: { code: number; message: string };
}

export interface BatchParts {
  database: Database;
  /** The largest object. */
  maxBytes: number;
}

/**
 * Tells a Git LFS client where to send or fetch objects, each for itself. What the repository has need not be sent; what only others have is
 * as unknown as what nobody has. The links work with the client's own key, which it sends to them as it did here.
 */
export class LfsBatch {
  constructor(private readonly parts: BatchParts) {}

  async answer({ operation, objects }: z.infer<typeof batchRequest>, { modelId, url }: { modelId: string; url: string }): Promise<object> {
    const sizes = await objectsOf(this.parts.database, modelId, objects.map(({ oid }) => oid));
    const describe = operation === 'download' ? this.#download : this.#upload;
    return {
      transfer: 'basic', hash_algo: 'sha256',
      objects: objects.map((object) => describe.call(this, object, { knownBytes: sizes.get(object.oid), href: `${url}/info/lfs/objects/${object.oid}` })),
    };
  }

  #download({ oid, size }: WantedObject, { knownBytes, href }: { knownBytes: number | undefined; href: string }): BatchObject {
    if (knownBytes === undefined) return { oid, size, error: { code: 404, message: 'This repository has no such object.' } };
    return { oid, size: knownBytes, actions: { download: { href } } };
  }

  #upload({ oid, size }: WantedObject, { knownBytes, href }: { knownBytes: number | undefined; href: string }): BatchObject {
    const { maxBytes } = this.parts;
    if (size > maxBytes) return { oid, size, error: { code: 422, message: `An object may have ${maxBytes} bytes; this one has ${size}.` } };
    if (knownBytes === size) return { oid, size };
    if (knownBytes !== undefined) return { oid, size, error: { code: 422, message: `The object has ${knownBytes} bytes, not ${size}.` } };
    return { oid, size, actions: { upload: { href }, verify: { href: `${href}/verify` } } };
  }
}
