import type { ByteReply, ByteRequest } from '../../../../platform/bytes/byte-route';
import type { Database } from '../../../../platform/database/database';
import { ERRORS, PlatformError } from '../../../../platform/errors';
import { unusable } from '../upload.completer';
import { uploadTokenDigest, type UploadService } from '../upload.service';
import { deleteUpload, findUpload } from '../upload.store';
import { BYTES_TYPE, CHECKSUMS, readChecksum, readCount, readMetadata, TUS_VERSION } from './tus.headers';
import { ChecksumMismatch, type SizedUpload, type TusReceiver } from './tus.receiver';

export interface TusDoorParts {
  database: Database;
  uploads: UploadService;
  receiver: TusReceiver;
  /** The largest file. */
  maxBytes: number;
}

/** A refusal for which tus has a status of its own. */
class TusRefusal extends PlatformError {
  constructor(readonly status: number, message: string, readonly headers: Record<string, string> = {}) {
    super('BAD_USER_INPUT', message);
  }
}

const METHODS = ['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE'];

/**
 * The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) at `/uploads/`: creation, creation-with-upload, checksum, expiration, termination.
 * An upload is made by POST with an API key, or by `createUpload` with `sizeBytes`; its URL is the permission.
 */
export class TusDoor {
  constructor(private readonly parts: TusDoorParts) {}

  /** @param token null: of no upload yet. Answers null when the method is none of tus. */
  async answer(token: string | null, request: ByteRequest): Promise<ByteReply | null> {
    const method = String(request.headers['x-http-method-override'] ?? request.method).toUpperCase();
    if (!METHODS.includes(method)) return null;
    try {
      const reply = await this.#answer(method, token, request);
      return { ...reply, headers: { 'tus-resumable': TUS_VERSION, 'cache-control': 'no-store', ...reply.headers } };
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
      return refusal(error, request.scope.requestId);
    }
  }

  async #answer(method: string, token: string | null, request: ByteRequest): Promise<ByteReply> {
    if (method === 'OPTIONS') return { status: 204, headers: { ...VERSIONS, ...EXTENSIONS, 'tus-max-size': String(this.parts.maxBytes) } };
    if (request.headers['tus-resumable'] !== TUS_VERSION) throw new TusRefusal(412, `Tus-Resumable: ${TUS_VERSION} was expected; a whole file goes by PUT.`, VERSIONS);
    if (token === null) {
      if (method === 'POST') return this.#create(request);
      throw unusable();
    }
    switch (method) {
      case 'HEAD': return this.#tell(await this.#find(token), request);
      case 'PATCH': return this.#append(await this.#find(token), request);
      case 'DELETE': return this.#end(await this.#find(token));
      default: throw unusable();
    }
  }

  async #create({ headers, body, scope }: ByteRequest): Promise<ByteReply> {
    const sizeBytes = readCount(headers, 'upload-length');
    const metadata = String(headers['upload-metadata'] ?? '');
    const said = readMetadata(metadata);
    const asked = (name: string) => said.get(name) ?? null;
    const upload = await this.parts.uploads.create(scope, {
      model: asked('model') ?? '', draft: asked('draft'), path: asked('path'), sha256: asked('sha256'), sizeBytes, metadata: metadata || null,
    });
    const made = { location: upload.url!, 'upload-expires': upload.expiresAt.toUTCString(), 'modelgraph-upload-id': upload.id };
    if (headers['content-type'] !== BYTES_TYPE) return { status: 201, headers: made };
    const reply = await this.#append(await this.#find(upload.url!.slice(upload.url!.lastIndexOf('/') + 1)), { headers: { ...headers, 'upload-offset': '0' }, body, scope });
    return { status: 201, headers: { ...reply.headers, ...made } };
  }

  async #tell(upload: SizedUpload, { scope }: ByteRequest): Promise<ByteReply> {
    const offset = await this.parts.receiver.offsetOf(upload, scope.requestId);
    return { status: 200, headers: { ...standing(upload, offset), 'upload-length': String(upload.sizeBytes), ...(upload.metadata !== null && { 'upload-metadata': upload.metadata }) } };
  }

  async #append(upload: SizedUpload, { headers, body, scope }: Pick<ByteRequest, 'headers' | 'body' | 'scope'>): Promise<ByteReply> {
    if (headers['content-type'] !== BYTES_TYPE) throw new TusRefusal(415, `The bytes of a part come as ${BYTES_TYPE}.`);
    const part = {
      offset: readCount(headers, 'upload-offset'), checksum: readChecksum(headers), body, requestId: scope.requestId,
      lengthBytes: headers['content-length'] === undefined ? null : readCount(headers, 'content-length'),
    };
    if (upload.isCompleted) throw new PlatformError('UPLOAD_CONFLICT', 'All bytes of this upload have arrived.');
    const offset = await this.parts.receiver.receive(upload, part);
    const now = await findUpload(this.parts.database, { id: upload.id });
    return { status: 204, headers: standing(now ?? upload, offset) };
  }

  async #end(upload: SizedUpload): Promise<ByteReply> {
    if (upload.isCompleted) throw unusable();
    await this.parts.receiver.discard(upload);
    await deleteUpload(this.parts.database, upload.id);
    return { status: 204 };
  }

  /** @throws UPLOAD_NOT_FOUND, BAD_USER_INPUT when its size was never told */
  async #find(token: string): Promise<SizedUpload> {
    const upload = await findUpload(this.parts.database, { tokenSha256: uploadTokenDigest(token) });
    if (!upload || (upload.isExpired && !upload.isCompleted)) throw unusable();
    if (upload.sizeBytes === null) throw new PlatformError('BAD_USER_INPUT', 'An upload by tus needs its size: give sizeBytes to createUpload.');
    return { ...upload, sizeBytes: upload.sizeBytes };
  }
}

const VERSIONS = { 'tus-version': TUS_VERSION };
const EXTENSIONS = { 'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination', 'tus-checksum-algorithm': CHECKSUMS.join(',') };

function standing({ isCompleted, expiresAt }: Pick<SizedUpload, 'isCompleted' | 'expiresAt'>, offset: number): Record<string, string> {
  return { 'upload-offset': String(offset), ...(!isCompleted && { 'upload-expires': expiresAt.toUTCString() }) };
}

function refusal(error: PlatformError, requestId: string): ByteReply {
  const { code, message } = error;
  const own = error instanceof TusRefusal ? error : null;
  const status = own?.status ?? (error instanceof ChecksumMismatch ? 460 : ERRORS[code].status);
  const headers = { 'tus-resumable': TUS_VERSION, 'cache-control': 'no-store', 'content-type': 'application/json', ...own?.headers };
  return { status, headers, body: JSON.stringify({ error: { code, message, requestId } }) };
}
