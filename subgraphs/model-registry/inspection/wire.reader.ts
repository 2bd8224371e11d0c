import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import { PlatformError } from '../../../platform/errors';

/** Numbers of protobuf's wire format (https://protobuf.dev/programming-guides/encoding). */
export const WIRE = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const;

/** The largest real graphs have about two million fields; a file of nothing else must not keep us for minutes. */
const FIELDS_MAX = 5_000_000;
const TEXT_MAX_BYTES = 4_096;
/** Of all names together that are read, so that a hostile file cannot fill our memory with them. */
const TEXT_TOTAL_MAX_BYTES = 64 * 1024 * 1024;
const WINDOW_BYTES = 65_536;

export interface Field {
  number: number;
  wire: number;
  /** The number of a VARINT; the bytes of a LENGTH field. */
  value: number;
  /** Where the field ends in the file. */
  end: number;
}

/**
 * Reads protobuf fields from a file through a small window and seeks over what nobody asks for: weights are never read.
 * @throws MODEL_INVALID wherever the bytes are no protobuf, or pass a limit
 */
export class WireReader {
  position = 0;
  readonly #window = Buffer.allocUnsafe(WINDOW_BYTES);
  #windowStart = 0;
  #windowEnd = 0;
  #fields = 0;
  #textBytes = 0;

  constructor(
    private readonly fd: number,
    readonly sizeBytes: number,
  ) {}

  /** The fields of the message that ends at `end`. What the caller leaves unread of a field is skipped. */
  *fields(end: number): Generator<Field, void, void> {
    while (this.position < end) {
      if (++this.#fields > FIELDS_MAX) throw invalid(`it has more than ${FIELDS_MAX} fields`);
      const key = this.#unsigned();
      const field: Field = { number: Math.floor(key / 8), wire: key % 8, value: 0, end: 0 };
      this.#measure(field);
      if (field.end > end) throw invalid(`a field ends beyond its message at byte ${this.position}; it may be cut short`);
      yield field;
      this.position = field.end;
    }
  }

  /** A repeated number field's next values: one, or the packed list. */
  *numbers(field: Field): Generator<number, void, void> {
    if (field.wire === WIRE.VARINT) yield field.value;
    if (field.wire !== WIRE.LENGTH) return;
    while (this.position < field.end) yield this.varint();
    if (this.position !== field.end) throw invalid(`a list of numbers ends inside a number at byte ${this.position}`);
  }

  /** A name. Postgres stores no NUL, and nothing here needs one. */
  text(field: Field): string {
    if (field.wire !== WIRE.LENGTH) throw invalid(`text was expected at byte ${this.position}`);
    this.#textBytes += field.value;
    if (field.value > TEXT_MAX_BYTES || this.#textBytes > TEXT_TOTAL_MAX_BYTES)
      throw invalid(`a name of ${field.value} bytes passes the limits`);
    if (field.value === 0) return '';
    this.#fill(field.value);
    const bytes = this.#window.subarray(this.position - this.#windowStart, this.position - this.#windowStart + field.value);
    if (!isUtf8(bytes) || bytes.includes(0)) throw invalid(`a name at byte ${this.position} is no text`);
    return bytes.toString('utf8');
  }

  /** A signed 64-bit number. Beyond 2^53 digits are lost, which no number that is read here reaches in a real model. */
  varint(): number {
    let low = 0;
    let scale = 1;
    // Seven bytes hold 49 bits, which a double adds up exactly.
    for (let count = 0; count < 7; count++, scale *= 128) {
      const byte = this.#byte();
      low += (byte & 127) * scale;
      if (byte < 128) return low;
    }
    let high = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      high |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, high));
    }
    throw invalid(`a number is longer than ten bytes at byte ${this.position}`);
  }

  #unsigned(): number {
    const value = this.varint();
    if (value < 0 || !Number.isSafeInteger(value)) throw invalid(`a length is out of range at byte ${this.position}`);
    return value;
  }

  #measure(field: Field): void {
    if (field.number === 0) throw invalid(`field number 0 at byte ${this.position}`);
    switch (field.wire) {
      case WIRE.VARINT:
        field.value = this.varint();
        field.end = this.position;
        return;
      case WIRE.FIXED64:
        field.end = this.position + 8;
        return;
      case WIRE.FIXED32:
        field.end = this.position + 4;
        return;
      case WIRE.LENGTH:
        field.value = this.#unsigned();
        field.end = this.position + field.value;
        return;
      default:
        throw invalid(`wire type ${field.wire} at byte ${this.position}`);
    }
  }

  #byte(): number {
    this.#fill(1);
    return this.#window[this.position++ - this.#windowStart]!;
  }

  #fill(bytes: number): void {
    if (this.position >= this.#windowStart && this.position + bytes <= this.#windowEnd) return;
    const wanted = Math.min(WINDOW_BYTES, this.sizeBytes - this.position);
    if (wanted < bytes) throw invalid('it ends in the middle; it may be cut short');
    this.#windowStart = this.position;
    this.#windowEnd = this.position + readSync(this.fd, this.#window, 0, wanted, this.position);
    if (this.#windowEnd - this.#windowStart < bytes) throw invalid('it ends in the middle; it may be cut short');
  }
}

export function invalid(reason: string): PlatformError {
  return new PlatformError('MODEL_INVALID', `The file is not a complete, well-formed ONNX model: ${reason}.`);
}
