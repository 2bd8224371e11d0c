import fs from 'node:fs';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import type { RawTensor } from '../../../platform/tensor/tensor';
import { isId, newId } from '../../../platform/uuid';
import type { Lease } from '../worker.contract';
import type { TensorBlobStore } from './tensor-blob.store';
import type { TensorStore } from './tensor.store';

/** Tensors as files `<dir>/<last two digits>/<id>`; all processes that share the directory share the store. */
export class FileTensorStore implements TensorStore {
  constructor(private readonly dir: string, private readonly blobs: TensorBlobStore, private readonly ttlMs: number) {}

  async read(blob: string): Promise<Uint8Array> {
    return readFile(this.#path(blob)).catch((error: unknown) => { throw asMissing(blob, error); });
  }

  async write({ namespace, jobId }: Lease & { namespace: string }, _item: number, tensor: RawTensor): Promise<string> {
    // A fresh id per write keeps a lost lease's outputs apart from the winner's; what no row refers to goes with its TTL.
    const id = newId();
    await this.#place(id, async (draft) => {
      const file = await open(draft, 'wx');
      await file.writeFile(tensor.data).finally(() => file.close());
    });
    const { datatype, shape } = tensor;
    await this.blobs.addWritten({ id, namespace, datatype, shape, sizeBytes: tensor.data.byteLength, jobId, ttlMs: this.ttlMs });
    return id;
  }

  async save(id: string, body: Readable, maxBytes: number): Promise<number> {
    let sizeBytes = 0;
    const meter = new Transform({
      transform(part: Buffer, _encoding, done) {
        sizeBytes += part.byteLength;
        if (sizeBytes <= maxBytes) done(null, part);
        else done(new PlatformError('UPLOAD_TOO_LARGE', `At most ${maxBytes} bytes were expected; more came.`, { maxBytes }));
      },
    });
    await this.#place(id, async (draft) => {
      await pipeline(body, meter, fs.createWriteStream(draft, { flags: 'wx' })).catch((error: unknown) => { throw asIncomplete(error); });
    });
    return sizeBytes;
  }

  async open(id: string, range?: ByteRange | null): Promise<Readable> {
    const file = await open(this.#path(id), 'r').catch((error: unknown) => { throw asMissing(id, error); });
    return file.createReadStream(range ?? undefined);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => rm(this.#path(id), { force: true })));
  }

  /** Writes beside the final name first: a blob appears by a link, whole, and a link replaces nothing. */
  async #place(id: string, write: (draft: string) => Promise<void>): Promise<void> {
    const target = this.#path(id);
    const draft = `${target}.${newId()}.draft`;
    await mkdir(path.dirname(target), { recursive: true });
    try {
      await write(draft);
      await link(draft, target).catch((error: unknown) => { throw asTaken(error); });
    } finally {
      await rm(draft, { force: true });
    }
  }

  #path(id: string): string {
    if (!isId(id)) throw asMissing(id);
    return path.join(this.dir, id.slice(-2).toLowerCase(), id.toLowerCase());
  }
}

function asMissing(id: string, cause?: unknown): unknown {
  if (cause !== undefined && (cause as NodeJS.ErrnoException).code !== 'ENOENT') return cause;
  return new PlatformError(
    'TENSOR_NOT_FOUND', `There is no tensor "${id.slice(0, 60)}": it expired, or was never uploaded.`, {}, { cause },
  );
}

function asTaken(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return error;
  return new PlatformError('UPLOAD_NOT_FOUND', 'This upload URL is used up; createTensorUpload makes a new one.', {}, { cause: error });
}

function asIncomplete(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof PlatformError || code === 'ENOSPC' || code === 'EACCES') return error;
  return new PlatformError('UPLOAD_INCOMPLETE', 'The body ended early; nothing was kept.', {}, { cause: error });
}
