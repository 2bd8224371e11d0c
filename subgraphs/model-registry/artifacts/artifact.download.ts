import { rangedHead } from '../../../platform/bytes/byte-range';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { PathSigner } from '../../../platform/bytes/path-signer';
import { hasRole } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { isId } from '../../../platform/uuid';
import { ModelVersion } from '../version/model-version';
import { findFilesBeside } from '../version/version-file.store';
import type { ArtifactStore } from './artifact-store';

export interface DownloadParts {
  database: Database;
  artifacts: ArtifactStore;
  signer: PathSigner;
}

const DOWNLOAD_TTL_MS = 3_600_000;

/** Gives the bytes of `GET /artifacts/<version id>`, or of one of its files, to who may view the version, by its signed URL or by its API key. */
export class ArtifactDownload {
  constructor(private readonly parts: DownloadParts) {}

  /** A path that needs no API key, good for an hour; of the model file, or of the file at `path`. */
  sign(versionId: string, path: string | null = null): Promise<string> {
    return this.parts.signer.sign(urlPathOf(versionId, path), new Date(Date.now() + DOWNLOAD_TTL_MS));
  }

  /** @param file as the URL spells it; null: the model. @throws RANGE_NOT_SATISFIABLE; ARTIFACT_NOT_FOUND also where the caller may not view the version */
  async send(versionId: string, file: string | null, request: ByteRequest): Promise<ByteReply> {
    const { database, signer, artifacts } = this.parts;
    const { path, method, scope } = request;
    const version = isId(versionId) ? await database.source.getRepository(ModelVersion).findOneBy({ id: versionId }) : null;
    const { searchParams } = new URL(path, 'http://localhost');
    const place = file === null ? null : decodePath(file);
    const isViewer = version !== null && hasRole(scope.caller, version.namespaceName, 'VIEWER');
    if (!version || !(isViewer || await signer.isValid(urlPathOf(versionId, place), searchParams))) throw wrongUrl();
    const { digest, sizeBytes, name } = place === null ? { ...version, name: `model-${version.number}.onnx` } : await this.#fileOf(version, place);
    const { status, headers, range } = rangedHead(request, { sizeBytes, etag: `"${digest}"` });
    return {
      status, headers: { ...headersOf(name), ...headers },
      body: method === 'HEAD' ? undefined : await artifacts.read(digest, range ?? undefined),
    };
  }

  async #fileOf(version: ModelVersion, path: string): Promise<{ digest: string; sizeBytes: number; name: string }> {
    const beside = (await findFilesBeside(this.parts.database, [version.id])).get(version.id) ?? [];
    const found = [version, ...beside].find((file) => file.path === path);
    if (!found) throw wrongUrl();
    return { digest: found.digest, sizeBytes: found.sizeBytes, name: path.slice(path.lastIndexOf('/') + 1) };
  }
}

function urlPathOf(versionId: string, path: string | null): string {
  return path === null ? `/artifacts/${versionId}` : `/artifacts/${versionId}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** Its spelling does not matter: the signature is that of our own. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw wrongUrl({ cause });
  }
}

function wrongUrl(options?: ErrorOptions): PlatformError {
  return new PlatformError('ARTIFACT_NOT_FOUND', 'The download URL is wrong or has expired; read `downloadUrl` again for a new one.', {}, options);
}

/** Never as a page: what people push may be one, and would be of our own origin. */
function headersOf(name: string): Record<string, string> {
  return {
    'content-type': 'application/octet-stream', 'content-disposition': dispositionOf(name),
    'cache-control': 'private, immutable, max-age=3600', 'x-content-type-options': 'nosniff',
  };
}

/** RFC 6266; beyond ASCII by RFC 8187, which allows fewer characters bare than encodeURIComponent leaves. */
function dispositionOf(name: string): string {
  const plain = `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`;
  const escaped = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return /^[\w.-]+$/.test(name) ? plain : `${plain}; filename*=UTF-8''${escaped}`;
}
