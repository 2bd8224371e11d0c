import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand, CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListPartsCommand,
  NoSuchKey, NotFound, paginateListObjectsV2, S3Client, type MultipartUpload,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';
import { storageAway, type DriveObject, type ObjectDrive } from './object-drive';

export interface S3Settings {
  /** Null: Amazon's own for the region. */
  endpoint: string | null;
  region: string;
  bucket: string;
  /** Null: what the SDK finds (instance role, profile). */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
  isPathStyle: boolean;
  /** How long the bucket may say nothing. */
  timeoutMs: number;
}

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_IN_FLIGHT = 2;
const CONNECT_TIMEOUT_MS = 5_000;

/** A bucket of S3 or of what speaks its protocol. */
export class S3Drive implements ObjectDrive {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ endpoint, region, bucket, credentials, isPathStyle, timeoutMs }: S3Settings) {
    this.#bucket = bucket;
    this.#client = new S3Client({
      region, forcePathStyle: isPathStyle, maxAttempts: 3,
      ...(endpoint ? { endpoint } : {}), ...(credentials ? { credentials } : {}),
      // Other stores than Amazon's refuse the SDK's own trailing checksums; ours is the SHA-256 of the whole.
      requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
      // Not `requestTimeout`, which only warns, and would end a large part on a slow line.
      requestHandler: { connectionTimeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS), socketTimeout: timeoutMs },
    });
  }

  async put(key: string, body: AsyncIterable<Buffer>): Promise<void> {
    let broken: unknown;
    // The error of the sender's body is kept apart from what the store says: the former is the sender's fault.
    const watched = async function* () {
      try { yield* body; } catch (error) { broken = error; throw error; }
    };
    const params = { Bucket: this.#bucket, Key: key, Body: Readable.from(watched(), { objectMode: false }) };
    const upload = new Upload({ client: this.#client, params, partSize: PART_BYTES, queueSize: PARTS_IN_FLIGHT });
    await upload.done().catch((error: unknown) => { throw broken ?? storageAway('S3', error); });
  }

  async publish(from: string, to: string): Promise<void> {
    await this.#ask(() => this.#client.send(new CopyObjectCommand({ ...this.#at(to), CopySource: `${this.#bucket}/${from}` })));
    await this.remove(from).catch(() => undefined);
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const { Body } = await this.#ask(() => this.#client.send(new GetObjectCommand({ ...this.#at(key), Range })));
    return withStorageErrors(Body as Readable);
  }

  async stat(key: string): Promise<DriveObject | null> {
    const head = await this.#ask(() => this.#client.send(new HeadObjectCommand(this.#at(key))).catch(nullIfMissing));
    return head && { key, sizeBytes: head.ContentLength ?? 0, modifiedAt: head.LastModified ?? new Date() };
  }

  async remove(key: string): Promise<void> {
    await this.#ask(() => this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  async *list(folder: string): AsyncIterable<DriveObject[]> {
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: `${folder}/` })) {
        yield Contents.map(({ Key, Size, LastModified }) => ({ key: Key ?? '', sizeBytes: Size ?? 0, modifiedAt: LastModified ?? new Date() }));
      }
    } catch (error) {
      throw storageAway('S3', error);
    }
  }

  /** The first thousand; the next sweep meets the others. */
  async abandon(idleMs: number): Promise<number> {
    return this.#ask(async () => {
      const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: 'incoming/' }));
      let abandoned = 0;
      for (const upload of Uploads) if (await this.#abandonIfIdle(upload, idleMs)) abandoned += 1;
      return abandoned;
    });
  }

  async #abandonIfIdle({ Key, UploadId, Initiated }: MultipartUpload, idleMs: number): Promise<boolean> {
    const upload = { Bucket: this.#bucket, Key, UploadId };
    const listed = await this.#client.send(new ListPartsCommand(upload)).catch(nullIfMissing);
    // It ended since the list was read.
    if (listed === null) return false;
    const { Parts = [] } = listed;
    const grownAt = Math.max(...[Initiated, ...Parts.map(({ LastModified }) => LastModified)].map((at) => at?.getTime() ?? 0));
    if (Date.now() - grownAt < idleMs) return false;
    return await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(nullIfMissing) !== null;
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof NoSuchKey) throw new PlatformError('ARTIFACT_NOT_FOUND', 'The artifact store does not hold this object.', {}, { cause: error });
      throw storageAway('S3', error);
    }
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof NotFound || error instanceof NoSuchKey || (error instanceof Error && error.name === 'NoSuchUpload')) return null;
  throw error;
}

function withStorageErrors(bytes: Readable): Readable {
  const passed = async function* () {
    try { yield* bytes; } catch (error) { throw storageAway('S3', error); }
  };
  return Readable.from(passed(), { objectMode: false });
}
