import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { RequestScope } from '../../../platform/caller';
import { ERRORS, messageOf, PlatformError } from '../../../platform/errors';
import type { DirectService } from '../direct/direct.service';
import type { ServingDirectory } from '../submit/serving-directory';
import { readWhole } from './oip.body';
import type { OipGenerate } from './oip.generate';
import type { OipModels } from './oip.models';
import { methodOf, parseOipPath, type OipTarget } from './oip.path';
import { readIndexRequest, type OipRepository } from './oip.repository';
import { readOipRequest } from './oip.request';
import { oipReply } from './oip.response';
import { readTimeout } from './oip.timeout';
import type { ServedVersions } from './served-versions';

export interface OipBytesParts {
  direct: DirectService;
  deployments: ServingDirectory;
  versions: ServedVersions;
  models: OipModels;
  repository: OipRepository;
  generate: OipGenerate;
  /** Of a whole request. */
  maxBytes: number;
}

type ModelTarget = Extract<OipTarget, { kind: 'model' }>;

const SERVER = { name: 'modelgraph', version: '2', extensions: ['binary_tensor_data', 'classification', 'generate', 'model_repository', 'statistics'] };
/** Those requests are a few words. */
const REPOSITORY_MAX_BYTES = 65_536;

/**
 * The Open Inference Protocol v2 over REST (KServe's "Open Inference Protocol", with Triton's extensions that `SERVER` names): a model is a deployment, a version
 * the one of its model that its live revision serves. Refusals are `{"error", "code"}` with the table's status.
 */
export class OipBytes {
  constructor(private readonly parts: OipBytesParts) {}

  readonly route = async (request: ByteRequest): Promise<ByteReply> => {
    try {
      return await this.#answer(request, parseOipPath(request.path));
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
      return refusal(error);
    }
  };

  async #answer(request: ByteRequest, target: OipTarget): Promise<ByteReply> {
    const expected = methodOf(target);
    if (request.method !== expected) throw new PlatformError('BAD_USER_INPUT', `${expected} was expected here, ${request.method} came.`);
    const scope = { ...request.scope, signal: request.signal };
    const { models, repository } = this.parts;
    switch (target.kind) {
      case 'server': return json(SERVER);
      case 'live': return json({ live: true });
      case 'ready': return this.#ready();
      case 'statistics': return json(await models.statistics(scope, null));
      case 'index': return json(await models.index(scope, readIndexRequest(await readWhole(request, REPOSITORY_MAX_BYTES))));
      case 'repository':
        await repository[target.action](scope, target.model, await readWhole(request, REPOSITORY_MAX_BYTES));
        return { status: 200, headers: { 'content-type': 'application/json' }, body: '' };
      case 'model': return this.#ofModel(request, scope, target);
    }
  }

  /** Ready when a call could be served: the database tells, and a worker that is heard of takes calls. */
  async #ready(): Promise<ByteReply> {
    try {
      const ready = await this.parts.deployments.hasDirectWorker();
      return json(ready ? { ready } : { ready, reason: 'no worker takes calls' }, ready ? 200 : 503);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      return json({ ready: false, reason: messageOf(error) }, 503);
    }
  }

  async #ofModel(request: ByteRequest, scope: RequestScope, target: ModelTarget): Promise<ByteReply> {
    const { models } = this.parts;
    switch (target.action) {
      case 'infer': return this.#infer(request, scope, target);
      case 'generate':
      case 'generate_stream': return this.parts.generate[target.action](request, scope, target);
      case 'stats': return json(await models.statistics(scope, target));
      case 'metadata': return json(await models.metadata(scope, target));
      case 'ready': {
        const readiness = await models.readiness(scope, target);
        return json(readiness, readiness.ready ? 200 : ERRORS.DEPLOYMENT_NOT_READY.status);
      }
    }
  }

  async #infer(request: ByteRequest, scope: RequestScope, { model, version }: ModelTarget): Promise<ByteReply> {
    const { direct, versions, maxBytes } = this.parts;
    const target = await direct.target(scope, model);
    const number = await versions.require(target, version);
    const headerLength = request.headers['inference-header-content-length'];
    const { signature } = target.revision;
    const asked = readOipRequest(await readWhole(request, maxBytes), headerLength === undefined ? undefined : String(headerLength), signature);
    const timeoutMs = readTimeout(request.headers['inference-timeout-ms'], asked.timeoutMs);
    const answer = await direct.infer(scope, target, { inputs: asked.inputs, outputs: asked.outputs?.map(({ name }) => name) ?? null, timeoutMs });
    return oipReply({ name: target.fullName, version: String(number), signature }, asked, answer);
  }
}

function refusal({ code, message, details }: PlatformError): ByteReply {
  const reply = json({ error: message, code }, ERRORS[code].status);
  const { retryAfterMs } = details;
  if (typeof retryAfterMs === 'number') reply.headers!['retry-after'] = String(Math.ceil(retryAfterMs / 1_000));
  return reply;
}

function json(value: object, status = 200): ByteReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
