import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import { MLFLOW_PREFIX } from '../../../platform/bytes/byte-prefixes';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { LimitedBytes } from '../repository/limited-bytes';
import * as inputs from './mlflow.inputs';
import type { MlflowFiles } from './mlflow.files';
import type { MlflowModels } from './mlflow.models';
import { noSuchEndpoint, refusalReply } from './mlflow.refusal';
import { ARTIFACTS } from './mlflow.shapes';
import type { MlflowVersions } from './mlflow.versions';

type Operation = (scope: RequestScope, given: unknown) => Promise<object>;

const BODY_MAX_BYTES = 256 * 1024;

/** `/api/2.0/mlflow/` and `/api/2.0/mlflow-artifacts/`: the model registry of MLflow's REST API, for its own clients (mlflow.org/docs/latest/rest-api.html). */
export class MlflowDoor {
  readonly #operations: ReadonlyMap<string, Operation>;

  constructor(models: MlflowModels, versions: MlflowVersions, private readonly files: MlflowFiles) {
    this.#operations = new Map(Object.entries({ ...ofModels(models), ...ofVersions(versions) }));
  }

  async answer(request: ByteRequest): Promise<ByteReply> {
    const [, path = '', search = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(request.path.slice(MLFLOW_PREFIX.length)) ?? [];
    const query = new URLSearchParams(search);
    try {
      if (path === ARTIFACTS && request.method === 'GET') return json(await this.files.list(request, query));
      if (path.startsWith(`${ARTIFACTS}/`) && ['GET', 'HEAD'].includes(request.method)) return await this.files.send(path.slice(ARTIFACTS.length + 1), request);
      const operation = this.#operations.get(`${request.method} ${path.slice(1)}`);
      if (!operation || !path.startsWith('/')) return noSuchEndpoint();
      return json(await operation(request.scope, request.method === 'GET' ? fieldsOf(query) : await readJson(request)));
    } catch (error) {
      return refusalReply(error);
    }
  }
}

function ofModels(models: MlflowModels): Record<string, Operation> {
  const latest = checked(inputs.ofModel, (scope, given) => models.latest(scope, given));
  return {
    'POST registered-models/create': checked(inputs.newModel, (scope, given) => models.create(scope, given)),
    'GET registered-models/get': checked(inputs.ofModel, (scope, given) => models.get(scope, given)),
    'PATCH registered-models/update': checked(inputs.modelUpdate, (scope, given) => models.update(scope, given)),
    'DELETE registered-models/delete': checked(inputs.ofModel, (scope, given) => models.delete(scope, given)),
    'POST registered-models/rename': () => models.rename(),
    'GET registered-models/search': checked(inputs.search, (scope, given) => models.find(scope, given)),
    'GET registered-models/get-latest-versions': latest,
    'POST registered-models/get-latest-versions': latest,
    'POST registered-models/set-tag': checked(inputs.modelTag, (scope, given) => models.setTag(scope, given)),
    'DELETE registered-models/delete-tag': checked(inputs.modelTagKey, (scope, given) => models.deleteTag(scope, given)),
    'POST registered-models/alias': checked(inputs.aliasMove, (scope, given) => models.setAlias(scope, given)),
    'DELETE registered-models/alias': checked(inputs.ofAlias, (scope, given) => models.deleteAlias(scope, given)),
  };
}

function ofVersions(versions: MlflowVersions): Record<string, Operation> {
  return {
    'GET registered-models/alias': checked(inputs.ofAlias, (scope, given) => versions.byAlias(scope, given)),
    'POST model-versions/create': checked(inputs.newVersion, (scope, given) => versions.create(scope, given)),
    'GET model-versions/get': checked(inputs.ofVersion, (scope, given) => versions.get(scope, given)),
    'PATCH model-versions/update': checked(inputs.versionUpdate, (scope, given) => versions.update(scope, given)),
    'DELETE model-versions/delete': checked(inputs.ofVersion, (scope, given) => versions.delete(scope, given)),
    'GET model-versions/search': checked(inputs.search, (scope, given) => versions.find(scope, given)),
    'GET model-versions/get-download-uri': checked(inputs.ofVersion, (scope, given) => versions.downloadUri(scope, given)),
    'POST model-versions/set-tag': checked(inputs.versionTag, (scope, given) => versions.setTag(scope, given)),
    'DELETE model-versions/delete-tag': checked(inputs.versionTagKey, (scope, given) => versions.deleteTag(scope, given)),
    'POST model-versions/transition-stage': () => versions.transition(),
  };
}

/** @throws BAD_USER_INPUT naming the field that does not fit */
function checked<Input>(shape: z.ZodType<Input>, work: (scope: RequestScope, input: Input) => Promise<object>): Operation {
  return async (scope, given) => {
    const parsed = shape.safeParse(given);
    if (parsed.success) return work(scope, parsed.data);
    const [issue] = parsed.error.issues;
    throw new PlatformError('BAD_USER_INPUT', `Invalid value for parameter "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not understood'}.`);
  };
}

function json(body: object): ByteReply {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body: JSON.stringify(body) };
}

/** A field that comes more than once is a list. */
function fieldsOf(query: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => {
    const values = query.getAll(name);
    return [name, values.length === 1 ? values[0]! : values];
  }));
}

/** @throws BAD_USER_INPUT, BODY_TOO_LARGE */
async function readJson({ body }: ByteRequest): Promise<unknown> {
  const limit = new LimitedBytes(BODY_MAX_BYTES);
  body.on('error', (error) => limit.destroy(error));
  const text = (await buffer(body.pipe(limit))).toString();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlatformError('BAD_USER_INPUT', 'The body is not JSON.', {}, { cause });
  }
}
