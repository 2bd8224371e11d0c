import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import { PlatformError } from './errors';

/** A new UUIDv7 (RFC 9562): ids sort by creation time, and a job's id tells its daily partition. */
export function newId(): string {
  return v7({ random: pool.take() });
}

const RANDOM_BYTES = 16;

/** Random bytes for many ids at a time: fetching them singly was two thirds of an id's cost. */
class RandomPool {
  readonly #bytes = Buffer.alloc(RANDOM_BYTES * 256);
  #position = this.#bytes.length;

  take(): Uint8Array {
    if (this.#position === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#position = 0;
    }
    this.#position += RANDOM_BYTES;
    return this.#bytes.subarray(this.#position - RANDOM_BYTES, this.#position);
  }
}

const pool = new RandomPool();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isId(text: string): boolean {
  return UUID.test(text);
}

/** The smallest UUIDv7 of an instant, for range conditions and partition bounds; none is older than 1970. */
export function firstIdAt(instant: Date): string {
  const hex = Math.max(0, instant.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/**
 * The instant a UUIDv7 was made at.
 * @throws BAD_USER_INPUT when the text is not a UUID
 */
export function instantOf(id: string): Date {
  if (!isId(id)) throw new PlatformError('BAD_USER_INPUT', `"${id.slice(0, 60)}" is not an id: a UUID was expected.`);
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
