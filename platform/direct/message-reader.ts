import { PlatformError } from '../errors';
import { KIND, PREFIX_BYTES, type Message, type MessageKind } from './message';

const KINDS: ReadonlySet<number> = new Set(Object.values(KIND));

/** Cuts a stream of bytes into messages; of each byte at most one copy is made. */
export class MessageReader {
  /** Bytes of an unfinished message: its prefix, or its whole with the length that the prefix says. */
  #part: Buffer = Buffer.allocUnsafe(PREFIX_BYTES);
  #filled = 0;

  /** `maxBytes` may be raised once the peer is known. */
  constructor(public maxBytes: number) {}

  /** Whether all that came so far were whole messages. */
  get isBetweenMessages(): boolean {
    return this.#filled === 0;
  }

  /** @throws BAD_USER_INPUT when the bytes are no message, or announce one that is larger than allowed; the stream cannot be read on */
  *push(chunk: Buffer): Generator<Message> {
    let position = 0;
    while (position < chunk.length) {
      const whole = this.#filled === 0 ? this.#inPlace(chunk, position) : null;
      if (whole) {
        position += whole.length;
        yield parse(whole);
        continue;
      }
      position += this.#fill(chunk, position);
      if (this.#filled < this.#part.length) continue;
      if (this.#part.length === PREFIX_BYTES) this.#grow();
      if (this.#filled === this.#part.length) yield parse(this.#take());
    }
  }

  /** Most messages are small and lie in one chunk. */
  #inPlace(chunk: Buffer, position: number): Buffer | null {
    if (chunk.length - position < PREFIX_BYTES) return null;
    const end = position + this.#sizeOf(chunk, position);
    return end <= chunk.length ? chunk.subarray(position, end) : null;
  }

  #fill(chunk: Buffer, position: number): number {
    const copied = chunk.copy(this.#part, this.#filled, position, Math.min(chunk.length, position + this.#part.length - this.#filled));
    this.#filled += copied;
    return copied;
  }

  /** Memory of its own, so that tensors in it are aligned. */
  #grow(): void {
    const whole = Buffer.allocUnsafeSlow(this.#sizeOf(this.#part, 0));
    this.#part.copy(whole);
    this.#part = whole;
  }

  #take(): Buffer {
    const whole = this.#part;
    this.#part = Buffer.allocUnsafe(PREFIX_BYTES);
    this.#filled = 0;
    return whole;
  }

  /** Of a message whose prefix is here: what lies about itself is refused before memory is set aside for it. */
  #sizeOf(bytes: Buffer, position: number): number {
    const [contentBytes, headerBytes, kind] = [0, 8, 12].map((offset) => bytes.readUInt32LE(position + offset)) as [number, number, number];
    const size = PREFIX_BYTES + contentBytes;
    if (!KINDS.has(kind)) throw corrupt(`there is no kind ${kind}`);
    if (headerBytes > contentBytes) throw corrupt('its header is longer than itself');
    if (size > this.maxBytes) throw corrupt(`it announces ${size} bytes where at most ${this.maxBytes} are taken`);
    return size;
  }
}

function parse(bytes: Buffer): Message {
  const end = PREFIX_BYTES + bytes.readUInt32LE(8);
  return { kind: bytes.readUInt32LE(12) as MessageKind, call: bytes.readUInt32LE(4), header: parseHeader(bytes.subarray(PREFIX_BYTES, end)), frame: bytes.subarray(end) };
}

function parseHeader(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw corrupt('its header is no JSON', error);
  }
}

function corrupt(reason: string, cause?: unknown): PlatformError {
  return new PlatformError('BAD_USER_INPUT', `A message of the direct lane cannot be read: ${reason}.`, {}, { cause });
}
