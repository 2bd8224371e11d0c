import { rangedHead } from '../../../platform/bytes/byte-range';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { PathSigner } from '../../../platform/bytes/path-signer';
import { hasRole } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { isId } from '../../../platform/uuid';
import { ModelVersion } from '../version/model-version';
import type { ArtifactStore } from './artifact-store';

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

  /** @throws RANGE_NOT_SATISFIABLE; ARTIFACT_NOT_FOUND also where the caller may not view the version */
  async send(versionId: string, request: ByteRequest): Promise<ByteReply> {
    const { path, method, scope } = request;
    const version = isId(versionId) ? await this.parts.database.source.getRepository(ModelVersion).findOneBy({ id: versionId }) : null;
    const { searchParams } = new URL(path, 'http://localhost');
    const isViewer = version !== null && hasRole(scope.caller, version.namespaceName, 'VIEWER');
    if (!version || !(isViewer || await this.parts.signer.isValid(pathOf(versionId), searchParams))) {
      throw new PlatformError('ARTIFACT_NOT_FOUND', 'The download URL is wrong or has expired; read `downloadUrl` again for a new one.');
    }
    const { digest, sizeBytes } = version;
    const { status, headers, range } = rangedHead(request, { sizeBytes, etag: `"${digest}"` });
    return {
      status, headers: { ...headersOf(version), ...headers },
      body: method === 'HEAD' ? undefined : await this.parts.artifacts.read(digest, range ?? undefined),
    };
  }
}

function pathOf(versionId: string): string {
  return `/artifacts/${versionId}`;
}

function headersOf({ number }: ModelVersion): Record<string, string> {
  return {
    'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename="model-${number}.onnx"`,
    'cache-control': 'private, immutable, max-age=3600', 'x-content-type-options': 'nosniff',
  };
}
