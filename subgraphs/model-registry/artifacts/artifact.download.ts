import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { PathSigner } from '../../../platform/bytes/path-signer';
import { hasRole } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { isId } from '../../../platform/uuid';
import { ModelVersion } from '../version/model-version';
import type { ArtifactStore, ByteRange } from './artifact-store';

export interface DownloadParts {
  database: Database;
  artifacts: ArtifactStore;
  signer: PathSigner;
}

const DOWNLOAD_TTL_MS = 3_600_000;

/** Gives the bytes of `GET /artifacts/<version id>` to who may view the version, by its signed URL or by its API key. */
export class ArtifactDownload {
  constructor(private readonly parts: DownloadParts) {}

  /** A path that needs no API key, good for an hour. */
  sign(versionId: string): Promise<string> {
    return this.parts.signer.sign(pathOf(versionId), new Date(Date.now() + DOWNLOAD_TTL_MS));
  }

  /** @throws ARTIFACT_NOT_FOUND also where the caller may not view the version */
  async send(versionId: string, { path, method, headers, scope }: ByteRequest): Promise<ByteReply> {
    const version = isId(versionId) ? await this.parts.database.source.getRepository(ModelVersion).findOneBy({ id: versionId }) : null;
    const { searchParams } = new URL(path, 'http://localhost');
    const isViewer = version !== null && hasRole(scope.caller, version.namespaceName, 'VIEWER');
    if (!version || !(isViewer || await this.parts.signer.isValid(pathOf(versionId), searchParams))) {
      throw new PlatformError('ARTIFACT_NOT_FOUND', 'The download URL is wrong or has expired; read `downloadUrl` again for a new one.');
    }
    const { digest, sizeBytes } = version;
    const range = readRange(headers.range, sizeBytes);
    return {
      status: range ? 206 : 200,
      headers: { ...headersOf(version), ...lengthHeaders(sizeBytes, range) },
      body: method === 'HEAD' ? undefined : await this.parts.artifacts.read(digest, range ?? undefined),
    };
  }
}

function pathOf(versionId: string): string {
  return `/artifacts/${versionId}`;
}

function headersOf({ digest, number }: ModelVersion): Record<string, string> {
  return {
    'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="model-${number}.onnx"`,
    etag: `"${digest}"`, 'cache-control': 'private, immutable, max-age=3600', 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff',
  };
}

export function lengthHeaders(sizeBytes: number, range: ByteRange | null): Record<string, string> {
  if (!range) return { 'content-length': String(sizeBytes) };
  return { 'content-length': String(range.end - range.start + 1), 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` };
}

/** One range of bytes (RFC 9110 §14.1.2). Anything else, several ranges included, is answered by the whole, as the RFC allows. */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start <= end ? { start, end } : null;
}
