import { GIT_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { ByteRoute } from '../../platform/bytes/byte-route';
import { PlatformError } from '../../platform/errors';
import type { ArtifactDownload } from './artifacts/artifact.download';
import type { GitDoor } from './repository/git.door';
import type { UploadReceiver } from './upload/upload.receiver';

const PATH = /^(\/uploads\/|\/artifacts\/)([\w-]{1,100})(?:\/([^?]{1,2000}))?(?:\?|$)/;

/** `PUT /uploads/<token>`, `GET /artifacts/<version id>[/<path of a file>]`, and what lies below `/git/`. */
export function registryBytes({ receiver, download, gitDoor }: { receiver: UploadReceiver; download: ArtifactDownload; gitDoor: GitDoor }): ByteRoute {
  return async (request) => {
    if (request.path.startsWith(GIT_PREFIX)) return gitDoor.answer(request);
    const [, prefix, name, file] = PATH.exec(request.path) ?? [];
    if (prefix === '/uploads/' && file === undefined && request.method === 'PUT') return receiver.receive(name!, request);
    if (prefix === '/artifacts/' && ['GET', 'HEAD'].includes(request.method)) return download.send(name!, file ?? null, request);
    throw new PlatformError('UPLOAD_NOT_FOUND', 'PUT to an upload URL or GET of a download URL was expected.');
  };
}
