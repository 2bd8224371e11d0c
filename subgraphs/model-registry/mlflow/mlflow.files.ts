import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import { PlatformError } from '../../../platform/errors';
import type { HubFiles } from '../hub/hub.files';
import { readHubPath } from '../hub/hub.path';

/** Of one answer, which has no pages with MLflow. */
const LISTED_MAX = 10_000;

/** `/api/2.0/mlflow-artifacts/artifacts`: the files of versions, as MLflow's proxy of artifacts gives them. A path is `<namespace>/<name>/v<number>/<file>`, by the same names as the Hub's. */
export class MlflowFiles {
  constructor(private readonly files: HubFiles) {}

  /** @throws BAD_USER_INPUT, MODEL_NOT_FOUND, HubRefusal */
  async list({ scope }: ByteRequest, query: URLSearchParams): Promise<object> {
    const [namespace, name, revision, ...folder] = (query.get('path') ?? '').replace(/\/$/, '').split('/').map(encodeURIComponent);
    const wanted = readHubPath(['api/models', namespace, name, 'tree', revision, ...folder].join('/'));
    if (wanted?.kind !== 'tree') throw noSuchPath();
    const files: object[] = [];
    for (let cursor: string | null = '0'; cursor !== null && files.length < LISTED_MAX;) {
      const page: Awaited<ReturnType<HubFiles['tree']>> = await this.files.tree(scope.caller, wanted, new URLSearchParams({ cursor }));
      files.push(...page.nodes.map(({ path, isFolder, sizeBytes }) => ({ path: path.slice(path.lastIndexOf('/') + 1), is_dir: isFolder, ...(!isFolder && { file_size: sizeBytes }) })));
      cursor = page.next;
    }
    return { files };
  }

  /** `path` is encoded. @throws BAD_USER_INPUT, MODEL_NOT_FOUND, ARTIFACT_CORRUPT, HubRefusal */
  send(path: string, request: ByteRequest): Promise<ByteReply> {
    const [namespace, name, revision, ...rest] = path.split('/');
    const wanted = readHubPath([namespace, name, 'resolve', revision, ...rest].join('/'));
    if (wanted?.kind !== 'file') throw noSuchPath();
    return this.files.send(wanted, request);
  }
}

function noSuchPath(): PlatformError {
  return new PlatformError('BAD_USER_INPUT', 'The path of a file is <namespace>/<name>/v<number>/<file>, as get-download-uri tells it.');
}
