import type { Readable } from 'node:stream';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import type { Artifacts } from '../worker.contract';

/** What the writer of an artifact announced and what it is allowed. */
export interface WriteLimits {
  /** @throws UPLOAD_TOO_LARGE above */
  maxBytes: number;
  /** The announced size. @throws UPLOAD_INCOMPLETE when another count of bytes came */
  sizeBytes: number | null;
  /** The announced SHA-256 in lower-case hex. @throws UPLOAD_INCOMPLETE when the bytes have another */
  digest: string | null;
  signal?: AbortSignal;
}

export interface StoredArtifact {
  /** SHA-256 of the bytes, 64 characters of lower-case hex. */
  digest: string;
  sizeBytes: number;
}

/** What the database knows of the links between namespaces and objects. */
export interface ArtifactLinks {
  /** Which of these digests have a link. */
  linked(digests: string[]): Promise<Set<string>>;
  /** Runs `remove` unless the digest has a link, and lets no upload link it meanwhile; false when it was not run. */
  whileUnlinked(digest: string, remove: () => Promise<boolean>): Promise<boolean>;
}

export const DIGEST = /^[0-9a-f]{64}$/;

/** Two levels of 256 folders keep each folder small with millions of objects. */
export function objectPath(digest: string): string {
  return `objects/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
}

/**
 * Where the bytes of models live, addressed by their SHA-256: equal bytes are one object, and an object never changes.
 * Who may see an object is not its business: namespaces link to objects in the database.
 */
export interface ArtifactStore extends Artifacts {
  /**
   * Streams bytes in, O(1) memory. When it resolves, the object is whole and survives a power cut; when it rejects, nothing is visible.
   * @throws UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE, UNAVAILABLE when the storage is away, full or cut
   */
  write(body: Readable, limits: WriteLimits): Promise<StoredArtifact>;
  /**
   * Verified against the digest. The whole is verified while it is read: spoilt bytes break the stream off with ARTIFACT_CORRUPT before its
   * last chunk. For a range, which goes as far as the object does, the object is read whole beforehand, once per process until it changes.
   * @throws ARTIFACT_NOT_FOUND, ARTIFACT_CORRUPT, UNAVAILABLE; RANGE_NOT_SATISFIABLE for a range that begins behind the end
   */
  read(digest: string, range?: ByteRange): Promise<Readable>;
  stat(digest: string): Promise<StoredArtifact | null>;
  /** Deleting what is not there is no error. */
  delete(digest: string): Promise<void>;
  /** Removes what unfinished writes left that have not grown for `idleMs`; returns how many. */
  sweep(idleMs: number): Promise<number>;
  /**
   * Deletes objects that nobody links to; returns how many. Only such as were stored `ageMs` ago or earlier: a younger one may be about
   * to be linked. One that is linked at this very moment is kept, or its upload is told that the object is gone.
   */
  collect(ageMs: number, links: ArtifactLinks): Promise<number>;
}
