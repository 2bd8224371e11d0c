import { GIT_PREFIX, HUB_PREFIX, MLFLOW_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { ByteRoute } from '../../platform/bytes/byte-route';
import { PlatformError } from '../../platform/errors';
import type { ArtifactDownload } from './artifacts/artifact.download';
import type { HubDoor } from './hub/hub.door';
import type { MlflowDoor } from './mlflow/mlflow.door';
import type { GitDoor } from './repository/git.door';
import type { TusDoor } from './upload/tus/tus.door';
import type { UploadReceiver } from './upload/upload.receiver';

const PATH = /^(\/uploads\/|\/artifacts\/)([\w-]{1,100})(?:\/([^?]{1,2000}))?(?:\?|$)/;
const UPLOADS = /^\/uploads\/?(?:\?|$)/;

export interface RegistryByteParts {
  receiver: UploadReceiver;
  tusDoor: TusDoor;
  download: ArtifactDownload;
  gitDoor: GitDoor;
  hubDoor: HubDoor;
  mlflowDoor: MlflowDoor;
}

/** `PUT /uploads/<token>` and tus at `/uploads/`, `GET /artifacts/<version id>[/<path of a file>]`, and what lies below `/git/`, `/hf/` and `/api/2.0/mlflow/`. */
export function registryBytes({ receiver, tusDoor, download, gitDoor, hubDoor, mlflowDoor }: RegistryByteParts): ByteRoute {
  return async (request) => {
    if (request.path.startsWith(HUB_PREFIX)) return hubDoor.answer(request);
    if (request.path.startsWith(MLFLOW_PREFIX)) return mlflowDoor.answer(request);
    if (request.path.startsWith(GIT_PREFIX)) return gitDoor.answer(request);
    const atRoot = UPLOADS.test(request.path) ? await tusDoor.answer(null, request) : null;
    if (atRoot) return atRoot;
    const [, prefix, name, file] = PATH.exec(request.path) ?? [];
    if (prefix === '/uploads/' && file === undefined && request.method === 'PUT') return receiver.receive(name!, request);
    if (prefix === '/uploads/' && file === undefined) {
      const reply = await tusDoor.answer(name!, request);
      if (reply) return reply;
    }
    if (prefix === '/artifacts/' && ['GET', 'HEAD'].includes(request.method)) return download.send(name!, file ?? null, request);
    throw new PlatformError('UPLOAD_NOT_FOUND', 'PUT to an upload URL or GET of a download URL was expected.');
  };
}
