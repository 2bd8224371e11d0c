import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import type { ArtifactStore } from '../artifacts/artifact-store';
import { tooLarge } from '../artifacts/measured-bytes';
import { unusable, type UploadCompleter } from './upload.completer';
import { uploadTokenDigest } from './upload.service';
import { findOpenUpload, type OpenUpload } from './upload.store';

export interface ReceiverParts {
  database: Database;
  artifacts: ArtifactStore;
  completer: UploadCompleter;
  maxBytes: number;
}

/**
 * Takes the bytes of `PUT /uploads/<token>`. The URL is the permission. What they were sent for appears in the transaction that follows the last
 * byte; before, nothing is visible, and the same URL may be tried again.
 */
export class UploadReceiver {
  constructor(private readonly parts: ReceiverParts) {}

  /** @throws BAD_USER_INPUT, UPLOAD_NOT_FOUND, UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE, MODEL_ARCHIVED */
  async receive(token: string, { body, headers, signal, scope }: ByteRequest): Promise<ByteReply> {
    const { database, artifacts, completer, maxBytes } = this.parts;
    const upload = await findOpenUpload(database, uploadTokenDigest(token));
    if (!upload) throw unusable();
    if (headers['content-range'] !== undefined) throw new PlatformError(
      'BAD_USER_INPUT', 'The whole file was expected in one request; a Content-Range came.',
    );
    const sizeBytes = readLength(headers['content-length'], upload, maxBytes);
    const artifact = await artifacts.write(body, { maxBytes, sizeBytes, digest: upload.digest, signal });
    const receipt = { ...await completer.complete(upload, artifact, scope.requestId), ...artifact };
    return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(receipt) };
  }
}

/** Refuses by the header alone what could only fail after gigabytes. Answers the size that the body must have, null when nobody told. */
function readLength(header: string | undefined, { sizeBytes: announced }: OpenUpload, maxBytes: number): number | null {
  if (header === undefined) return announced;
  const length = Number(header);
  if (length > maxBytes) throw tooLarge(maxBytes);
  if (announced !== null && announced !== length) {
    throw new PlatformError('UPLOAD_INCOMPLETE', `${announced} bytes were announced, the request has ${length}.`, {
      announcedBytes: announced, receivedBytes: length,
    });
  }
  return length;
}
