import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { isErrorCode } from '../../platform/errors';
import type { Api } from './api';

/** What a client came to hear. `code` is one of our table; null where there was none. */
export interface Heard {
  status: number;
  code: string | null;
  /** Whether the answer ended as its length said. */
  isWhole: boolean;
  bytes: Buffer;
}

export interface StoredModel {
  digest: string;
  bytes: Buffer;
  /** Null for an LFS object. */
  versionId: string | null;
}

const SIZE_BYTES = 8 * 1024 * 1024;

/** People who send files to one model and fetch them again, each on a connection of its own. */
export class StoreClient {
  constructor(private readonly url: string, private readonly api: Api, private readonly model: string) {}

  /** Null when it was refused, with what was heard. */
  async put(bytes = randomBytes(SIZE_BYTES)): Promise<{ heard: Heard; stored: StoredModel | null; digest: string }> {
    const { createUpload } = await this.api.request<{ createUpload: { upload: { url: string } } }>('mutation ($model: String!) { createUpload(input: { model: $model }) { upload { url } } }', { model: this.model });
    const heard = await exchange('PUT', createUpload.upload.url, { body: bytes });
    const digest = sha256(bytes);
    const versionId = heard.status === 201 ? (JSON.parse(heard.bytes.toString()) as { versionId: string }).versionId : null;
    return { heard, digest, stored: versionId === null ? null : { digest, bytes, versionId } };
  }

  async putLfs(bytes = randomBytes(SIZE_BYTES)): Promise<{ heard: Heard; stored: StoredModel | null; digest: string }> {
    const digest = sha256(bytes);
    const heard = await exchange('PUT', this.#lfsUrl(digest), { body: bytes });
    return { heard, digest, stored: heard.status === 200 ? { digest, bytes, versionId: null } : null };
  }

  /** Goes away in the middle. */
  async leave(): Promise<void> {
    const { createUpload } = await this.api.request<{ createUpload: { upload: { url: string } } }>('mutation ($model: String!) { createUpload(input: { model: $model }) { upload { url } } }', { model: this.model });
    await new Promise<void>((resolve) => {
      const sent = http.request(createUpload.upload.url, { method: 'PUT', agent: false, headers: { 'content-length': SIZE_BYTES } });
      sent.once('error', () => resolve()).once('close', () => resolve());
      sent.write(randomBytes(SIZE_BYTES / 2), () => sent.destroy());
    });
  }

  async get({ versionId, digest }: StoredModel, range?: string): Promise<Heard> {
    return exchange('GET', versionId === null ? this.#lfsUrl(digest) : await this.#downloadUrl(versionId), { headers: range ? { range } : {} });
  }

  async #downloadUrl(id: string): Promise<string> {
    const { modelVersion } = await this.api.request<{ modelVersion: { downloadUrl: string } }>('query ($id: ID!) { modelVersion(id: $id) { downloadUrl } }', { id });
    return modelVersion.downloadUrl;
  }

  #lfsUrl(digest: string): string {
    return `${this.url}/git/${this.model}.git/info/lfs/objects/${digest}`;
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Never rejects: a connection that breaks is heard as status 0, or as an answer that is not whole. */
function exchange(method: 'GET' | 'PUT', url: string, { body, headers = {} }: { body?: Buffer; headers?: Record<string, string> }): Promise<Heard> {
  return new Promise((resolve) => {
    const nothing = { status: 0, code: null, isWhole: false, bytes: Buffer.alloc(0) };
    const sent = http.request(url, { method, agent: false, headers: { ...headers, ...(body && { 'content-length': body.length }) } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined).once('close', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: answer.statusCode ?? 0, code: codeOf(bytes), isWhole: answer.complete, bytes });
      });
    });
    sent.once('error', () => resolve(nothing));
    sent.end(body);
  });
}

function codeOf(bytes: Buffer): string | null {
  if (bytes.length > 10_000) return null;
  try {
    const { error, code = error?.code } = JSON.parse(bytes.toString()) as { error?: { code?: string }; code?: string };
    return isErrorCode(code) ? code : null;
  } catch {
    return null;
  }
}
