import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import type { ByteReply, ByteRequest } from '../../../../platform/bytes/byte-route';
import type { Role } from '../../../../platform/caller';
import { PlatformError } from '../../../../platform/errors';
import type { Model } from '../../model/model';
import { LimitedBytes } from '../limited-bytes';
import { batchRequest, type LfsBatch } from './lfs.batch';
import { verifyRequest, type LfsTransfer } from './lfs.transfer';

export interface LfsDoorParts {
  batch: LfsBatch;
  transfer: LfsTransfer;
  /** How clients reach the gateway. */
  publicUrl: string;
}

/** Asks for the model in a role of the caller, as the operation needs it. */
export type Admit = (role: Role) => Promise<Model>;

export const LFS_TYPE = 'application/vnd.git-lfs+json';
const BODY_MAX_BYTES = 1024 * 1024;
const OBJECT = /^objects\/([0-9a-f]{64})(\/verify)?$/;

/** What lies below `…/info/lfs/` of a repository. Null: nothing does. */
export class LfsDoor {
  constructor(private readonly parts: LfsDoorParts) {}

  async answer(path: string, request: ByteRequest, admit: Admit): Promise<ByteReply | null> {
    const { method } = request;
    if (path === 'objects/batch' && method === 'POST') return this.#batch(request, admit);
    const [, digest, verify] = OBJECT.exec(path) ?? [];
    if (digest === undefined) return null;
    if (verify !== undefined) return method === 'POST' ? this.#verify(request, admit) : null;
    if (method === 'PUT') return this.parts.transfer.receive(keyOf(await admit('DEVELOPER')), digest, request);
    if (method === 'GET' || method === 'HEAD') return this.parts.transfer.send(keyOf(await admit('VIEWER')), digest, request);
    return null;
  }

  async #batch(request: ByteRequest, admit: Admit): Promise<ByteReply> {
    const asked = await readJson(batchRequest, request);
    const model = await admit(asked.operation === 'upload' ? 'DEVELOPER' : 'VIEWER');
    if ((asked.hash_algo ?? 'sha256') !== 'sha256') throw new PlatformError('BAD_USER_INPUT', 'Objects are named by their sha256.');
    const url = `${this.parts.publicUrl}/git/${model.fullName}.git`;
    return json(await this.parts.batch.answer(asked, { modelId: model.id, url }));
  }

  async #verify(request: ByteRequest, admit: Admit): Promise<ByteReply> {
    return this.parts.transfer.verify(keyOf(await admit('DEVELOPER')), await readJson(verifyRequest, request));
  }
}

function keyOf({ id, namespaceName }: Model): { modelId: string; namespace: string } {
  return { modelId: id, namespace: namespaceName };
}

function json(body: object): ByteReply {
  return { status: 200, headers: { 'content-type': LFS_TYPE }, body: JSON.stringify(body) };
}

async function readJson<T>(shape: z.ZodType<T>, { body }: ByteRequest): Promise<T> {
  const limit = new LimitedBytes(BODY_MAX_BYTES);
  body.on('error', (error) => limit.destroy(error));
  const text = (await buffer(body.pipe(limit))).toString();
  const parsed = shape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `The body is no request of Git LFS: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
