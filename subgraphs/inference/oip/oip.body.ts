import type { ByteRequest } from '../../../platform/bytes/byte-route';
import { PlatformError } from '../../../platform/errors';

/** The whole body, not above the limit. @throws BODY_TOO_LARGE; BAD_USER_INPUT when it breaks off, or is encoded */
export async function readWhole({ body, headers }: ByteRequest, maxBytes: number): Promise<Buffer> {
  if (headers['content-encoding'] !== undefined) throw new PlatformError('BAD_USER_INPUT', 'The body was expected as it is; it came with a Content-Encoding.');
  const tooLarge = (): PlatformError => new PlatformError('BODY_TOO_LARGE', `A request of at most ${maxBytes} bytes was expected.`, { maxBytes });
  if (Number(headers['content-length']) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > maxBytes) break;
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The body broke off before its end.', {}, { cause: error });
  }
  if (sizeBytes > maxBytes) throw tooLarge();
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes);
}
