import type { Readable } from 'node:stream';
import type { ByteRange } from '../../../platform/bytes/byte-range';
import type { TensorBlobs } from '../worker.contract';

/**
 * The bytes of tensors that do not fit into rows: raw, little-endian, under the id of their `tensor_blob` row. Drivers: file system.
 *
 * - A blob appears whole or not at all, and never changes.
 * - `read` and `open` throw TENSOR_NOT_FOUND when there is none.
 */
export interface TensorStore extends TensorBlobs {
  /**
   * Keeps the body under the id and resolves with its size.
   * @throws UPLOAD_TOO_LARGE as soon as more than `maxBytes` came
   * @throws UPLOAD_INCOMPLETE when the body breaks off
   * @throws UPLOAD_NOT_FOUND when another upload was first
   */
  save(id: string, body: Readable, maxBytes: number): Promise<number>;
  /** The whole, or a part of it. */
  open(id: string, range?: ByteRange | null): Promise<Readable>;
  /** Does nothing for ids it does not hold. */
  remove(ids: readonly string[]): Promise<void>;
}
