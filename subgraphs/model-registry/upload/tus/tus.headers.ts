import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PlatformError } from '../../../../platform/errors';

export const TUS_VERSION = '1.0.0';
export const CHECKSUMS = ['sha1', 'sha256', 'sha512'] as const;
export const BYTES_TYPE = 'application/offset+octet-stream';
const METADATA_MAX_LENGTH = 8_192;
const COUNT = /^\d{1,15}$/;

/** A whole number of bytes. @throws BAD_USER_INPUT */
export function readCount(headers: IncomingHttpHeaders, name: string): number {
  const text = String(headers[name] ?? '');
  if (!COUNT.test(text)) throw new PlatformError('BAD_USER_INPUT', `The header ${name} must be a whole number of bytes, got "${text.slice(0, 80)}".`);
  return Number(text);
}

/** `Upload-Metadata`: pairs of a key and a value in base64, which may be left out. @throws BAD_USER_INPUT */
export function readMetadata(text: string): Map<string, string> {
  if (text.length > METADATA_MAX_LENGTH) throw new PlatformError('BAD_USER_INPUT', `Upload-Metadata has at most ${METADATA_MAX_LENGTH} characters, got ${text.length}.`);
  const pairs = text.split(',').filter((pair) => pair.trim() !== '').map((pair) => /^([\x21-\x2b\x2d-\x7e]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair.trim()));
  const metadata = new Map(pairs.map((match) => {
    if (!match) throw malformed('Upload-Metadata must be pairs of a key and its value in base64, with commas between them.');
    return [match[1]!, Buffer.from(match[2] ?? '', 'base64').toString()] as const;
  }));
  if (metadata.size < pairs.length) throw malformed('Upload-Metadata names a key twice.');
  return metadata;
}

/** What a part is checked against. */
export interface Checksum {
  hash: Hash;
  expected: Buffer;
}

/** `Upload-Checksum: sha256 <base64>`; null when there is none. @throws BAD_USER_INPUT */
export function readChecksum(headers: IncomingHttpHeaders): Checksum | null {
  const text = headers['upload-checksum'];
  if (text === undefined) return null;
  const [, algorithm, value] = /^(\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(String(text)) ?? [];
  const known = CHECKSUMS.find((name) => name === algorithm);
  if (!known || !value) throw malformed(`Upload-Checksum must be one of ${CHECKSUMS.join(', ')} and the checksum in base64.`);
  return { hash: createHash(known), expected: Buffer.from(value, 'base64') };
}

function malformed(message: string): PlatformError {
  return new PlatformError('BAD_USER_INPUT', message);
}
