import type { Readable } from 'node:stream';
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

export interface ByteRange {
  /** First byte. */
  start: number;
  /** Last byte, inclusive. */
  end: number;
}

/**
 * Where the bytes of models live, addressed by their SHA-256: equal bytes are one object, and an object never changes.
 * Who may see an object is not its business: namespaces link to objects in the database.
 */
export interface ArtifactStore extends Artifacts {
  /**
   * Streams bytes in, O(1) memory. When it resolves, the object is whole and survives a power cut; when it rejects, nothing is visible.
   * @throws UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE
   */
  write(body: Readable, limits: WriteLimits): Promise<StoredArtifact>;
  /** @throws ARTIFACT_NOT_FOUND */
  read(digest: string, range?: ByteRange): Promise<Readable>;
  stat(digest: string): Promise<StoredArtifact | null>;
  /** Deleting what is not there is no error. */
  delete(digest: string): Promise<void>;
  /** Removes what unfinished writes left that have not grown for `idleMs`; returns how many. */
  sweep(idleMs: number): Promise<number>;
  /**
   * Deletes objects that nobody links to; returns how many. Only such as were stored `ageMs` ago or earlier: a younger one may be about
   * to be linked.
   * @param linked which of these digests have a link
   */
  collect(ageMs: number, linked: (digests: string[]) => Promise<Set<string>>): Promise<number>;
}
