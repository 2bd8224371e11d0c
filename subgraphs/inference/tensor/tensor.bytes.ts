import { rangedHead } from '../../../platform/bytes/byte-range';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { PathSigner } from '../../../platform/bytes/path-signer';
import { PlatformError } from '../../../platform/errors';
import { checkRaw } from '../../../platform/tensor/element-count';
import { isId } from '../../../platform/uuid';
import type { TensorBlobRow, TensorBlobStore } from './tensor-blob.store';
import { tokenDigest } from './tensor-upload.service';
import type { TensorStore } from './tensor.store';

export interface TensorRouteParts {
  blobs: TensorBlobStore;
  tensors: TensorStore;
  signer: PathSigner;
  maxBytes: number;
  ttlMs: number;
}

/**
 * `PUT /tensors/<token>` takes the bytes of one input, `GET /tensors/<id>?expires&signature` gives those of one output. The URL is the
 * permission.
 */
export class TensorBytes {
  constructor(private readonly parts: TensorRouteParts) {}

  readonly route = async (request: ByteRequest): Promise<ByteReply> => {
    const url = new URL(request.path, 'http://localhost');
    const name = /^\/tensors\/([\w-]{1,100})$/.exec(url.pathname)?.[1];
    if (name && request.method === 'PUT') return this.#put(name, request);
    if (name && request.method === 'GET') return this.#get(name, url.searchParams, request);
    throw new PlatformError('TENSOR_NOT_FOUND', 'PUT to an upload URL or GET of a tensor URL was expected.');
  };

  async #put(token: string, { body, headers }: ByteRequest): Promise<ByteReply> {
    const { blobs, tensors, maxBytes, ttlMs } = this.parts;
    const blob = await blobs.pendingByToken(tokenDigest(token));
    if (!blob) throw uploadNotFound();
    const announced = headers['content-length'];
    if (announced !== undefined) refuseSize(blob, Number(announced), maxBytes);
    const sizeBytes = await tensors.save(blob.id, body, blob.sizeBytes ?? maxBytes);
    try {
      refuseSize(blob, sizeBytes, maxBytes);
      await this.#checkElements(blob);
      if (!await blobs.complete(blob.id, { sizeBytes, ttlMs })) throw uploadNotFound();
    } catch (error) {
      await tensors.remove([blob.id]);
      throw error;
    }
    return { status: 204 };
  }

  /** Only these two have bytes that can be wrong in themselves. */
  async #checkElements({ id, datatype, shape }: TensorBlobRow): Promise<void> {
    if (datatype === 'BYTES' || datatype === 'BOOL') checkRaw({ name: id, datatype, shape, data: await this.parts.tensors.read(id) });
  }

  /** @throws TENSOR_NOT_FOUND, RANGE_NOT_SATISFIABLE */
  async #get(id: string, query: URLSearchParams, request: ByteRequest): Promise<ByteReply> {
    const { blobs, tensors, signer } = this.parts;
    const isValid = isId(id) && await signer.isValid(tensorPath(id), query);
    const blob = isValid ? await blobs.ready(id) : null;
    if (!blob) throw new PlatformError(
      'TENSOR_NOT_FOUND', 'The tensor URL is wrong or has expired; read the field `url` again for a new one.',
    );
    const { status, headers, range } = rangedHead(request, { sizeBytes: blob.sizeBytes ?? 0 });
    return {
      status, body: await tensors.open(id, range),
      headers: {
        ...headers, 'content-type': 'application/octet-stream', 'cache-control': 'private, immutable, max-age=3600',
        'x-tensor-datatype': blob.datatype, 'x-tensor-shape': blob.shape.join(','),
      },
    };
  }
}

/** Where a stored tensor is read, still unsigned. */
export function tensorPath(id: string): string {
  return `/tensors/${id}`;
}

function uploadNotFound(): PlatformError {
  return new PlatformError('UPLOAD_NOT_FOUND', 'The upload URL is unknown, used up or expired; createTensorUpload makes a new one.');
}

function refuseSize({ sizeBytes: expected }: TensorBlobRow, came: number, maxBytes: number): void {
  const limit = expected ?? maxBytes;
  if (came > limit) throw new PlatformError(
    'UPLOAD_TOO_LARGE', `${expected === null ? 'At most' : 'Exactly'} ${limit} bytes were expected; ${came} came.`, { maxBytes: limit },
  );
  if (expected !== null && came < expected) throw new PlatformError(
    'UPLOAD_INCOMPLETE', `Exactly ${expected} bytes were expected; ${came} came.`, { expectedBytes: expected },
  );
}
