import type { Readable } from 'node:stream';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import { PlatformError } from '../../../platform/errors';

export interface DriveObject {
  /** Its path on the drive, such as `objects/ab/cd/<digest>`. */
  key: string;
  sizeBytes: number;
  modifiedAt: Date;
}

/**
 * Storage on another machine, as little of it as `RemoteArtifactStore` needs. Everything rejects with UNAVAILABLE while the storage is
 * away, refuses us or is full.
 */
export interface ObjectDrive {
  /** Streams bytes to a new key, O(1) memory. What is left when it rejects lies under that key alone, or nowhere. */
  put(key: string, body: AsyncIterable<Buffer>): Promise<void>;
  /** Moves an object in one step to where readers look, over what lies there. */
  publish(from: string, to: string): Promise<void>;
  /** The bytes as they are stored; a connection that breaks off destroys the stream with UNAVAILABLE. @throws ARTIFACT_NOT_FOUND */
  get(key: string, range?: ByteRange): Promise<Readable>;
  stat(key: string): Promise<DriveObject | null>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** All objects below a folder, page by page. */
  list(folder: string): AsyncIterable<DriveObject[]>;
  /** Ends uploads that left no object yet and have not grown for `idleMs`; returns how many. */
  abandon(idleMs: number): Promise<number>;
}

export function storageAway(store: string, cause: unknown): PlatformError {
  if (cause instanceof PlatformError) return cause;
  return new PlatformError('UNAVAILABLE', `The artifact store (${store}) did not do what was asked; try again.`, {}, { cause });
}
