import type { Readable } from 'node:stream';
import type { Database } from '../../../../platform/database/database';
import { PlatformError } from '../../../../platform/errors';
import type { ArtifactStore } from '../../artifacts/artifact-store';
import { brokenBody } from '../../artifacts/measured-bytes';
import type { UploadCompleter } from '../upload.completer';
import { extendUpload, findUpload, type KnownUpload } from '../upload.store';
import type { Checksum } from './tus.headers';
import type { StagedEnd, UploadStage } from './upload-stage';
import type { UploadTurns } from './upload.turns';

export interface TusReceiverParts {
  database: Database;
  artifacts: ArtifactStore;
  completer: UploadCompleter;
  stage: UploadStage;
  turns: UploadTurns;
  /** How long an upload that goes on stays valid. */
  ttlMs: number;
}

/** What one request brings of a file. */
export interface TusPart {
  offset: number;
  body: Readable;
  /** By the header; null when nobody told. */
  lengthBytes: number | null;
  checksum: Checksum | null;
  requestId: string;
}

/** An upload whose size was announced, as tus needs it. */
export type SizedUpload = KnownUpload & { sizeBytes: number };

/** The bytes of one part are not those that were announced (tus, "Checksum"). */
export class ChecksumMismatch extends PlatformError {
  constructor() {
    super('UPLOAD_INCOMPLETE', 'The bytes have another checksum than Upload-Checksum says; they were not kept.');
  }
}

/** Takes files part by part; the last byte makes of them what a PUT of the whole would have made. */
export class TusReceiver {
  constructor(private readonly parts: TusReceiverParts) {}

  /** Where the upload stands, once whoever was writing has stopped. What is whole and was not finished, since a process died in between, is finished now. */
  async offsetOf(upload: SizedUpload, requestId: string): Promise<number> {
    if (upload.isCompleted) return upload.sizeBytes;
    await this.parts.turns.interrupt(upload.id);
    const offset = await this.parts.stage.offsetOf(upload.id);
    if (offset === upload.sizeBytes) await this.#inTurn(upload, (open) => this.#finish(open, requestId));
    return offset;
  }

  /** Where it stands afterwards. @throws UPLOAD_CONFLICT, UPLOAD_BUSY, UPLOAD_INCOMPLETE, UPLOAD_TOO_LARGE, UNAVAILABLE, and what UploadCompleter throws */
  receive(upload: SizedUpload, part: TusPart): Promise<number> {
    return this.#inTurn(upload, async (open, signal) => {
      const offset = await this.#append(open, part, signal);
      if (offset === open.sizeBytes) await this.#finish(open, part.requestId);
      return offset;
    });
  }

  /** Forgets what has arrived. */
  async discard(upload: KnownUpload): Promise<void> {
    await this.parts.turns.interrupt(upload.id);
    await this.parts.stage.remove(upload.id);
  }

  /** The upload is read anew: it may have been completed while its turn was waited for. */
  async #inTurn<T>({ id }: SizedUpload, work: (open: SizedUpload, signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = await this.parts.turns.take(id, async (signal) => {
      const upload = await findUpload(this.parts.database, { id });
      if (!upload || upload.isCompleted || upload.sizeBytes === null) throw new PlatformError('UPLOAD_NOT_FOUND', 'The upload was completed or ended meanwhile.');
      return { result: await work({ ...upload, sizeBytes: upload.sizeBytes }, signal) };
    });
    if (done === null) throw new PlatformError('UPLOAD_BUSY', 'Another process still receives bytes of this upload; try again.');
    return done.result;
  }

  async #append({ id, sizeBytes }: SizedUpload, part: TusPart, signal: AbortSignal): Promise<number> {
    const { stage, database, ttlMs } = this.parts;
    const { offset, body, checksum, lengthBytes } = part;
    const expected = await stage.offsetOf(id);
    if (offset !== expected) throw new PlatformError('UPLOAD_CONFLICT', `The upload stands at byte ${expected}; the part begins at ${offset}.`, { offset: expected });
    if (lengthBytes !== null && offset + lengthBytes > sizeBytes) throw tooLong(sizeBytes);
    const stop = () => body.destroy(new Error('A newer request goes on with the upload.'));
    signal.addEventListener('abort', stop, { once: true });
    const end = await stage.append(id, body, { offset, maxBytes: sizeBytes - offset, onBytes: (bytes) => checksum?.hash.update(bytes) });
    signal.removeEventListener('abort', stop);
    await this.#judge(id, end, part, sizeBytes);
    await extendUpload(database, id, ttlMs);
    if (end.cause) throw brokenBody(end.offset, end.cause);
    return end.offset;
  }

  /** A part that is wrong leaves nothing; with a checksum also one that broke off, since nobody can tell whether its beginning is right. */
  async #judge(id: string, end: StagedEnd, { offset, checksum }: TusPart, sizeBytes: number): Promise<void> {
    const isWrong = checksum !== null && (end.cause !== null || !checksum.hash.digest().equals(checksum.expected));
    if (!end.isTooLong && !isWrong) return;
    await this.parts.stage.truncate(id, offset);
    throw end.isTooLong ? tooLong(sizeBytes) : new ChecksumMismatch();
  }

  async #finish(upload: SizedUpload, requestId: string): Promise<void> {
    const { stage, artifacts, completer } = this.parts;
    const { id, sizeBytes } = upload;
    const digest = await stage.digestOf(id, sizeBytes);
    if (upload.digest !== null && upload.digest !== digest) {
      await stage.remove(id);
      throw new PlatformError('UPLOAD_INCOMPLETE', `The announced SHA-256 is ${upload.digest}, the bytes have ${digest}. Nothing was kept; begin again.`);
    }
    await artifacts.adopt(stage.fileOf(id), { digest, sizeBytes });
    await completer.complete(upload, { digest, sizeBytes }, requestId);
    await stage.remove(id);
  }
}

function tooLong(sizeBytes: number): PlatformError {
  return new PlatformError('UPLOAD_TOO_LARGE', `The part goes beyond the ${sizeBytes} bytes that were announced; none of it was kept.`);
}
