import type { Readable } from 'node:stream';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { RequestScope } from '../../../platform/caller';
import { ERRORS, PlatformError } from '../../../platform/errors';
import type { TensorSpec } from '../../../platform/tensor/tensor';
import type { DirectService, ReadyTarget } from '../direct/direct.service';
import { parseOipPath, type OipTarget } from './oip.path';
import { readOipRequest } from './oip.request';
import { oipReply } from './oip.response';

export interface OipBytesParts {
  direct: DirectService;
  /** Of a whole request. */
  maxBytes: number;
}

type ModelTarget = Extract<OipTarget, { kind: 'model' }>;

const SERVER = {
  server: { name: 'modelgraph', version: '2', extensions: ['binary_tensor_data'] }, live: { live: true }, ready: { ready: true },
};

/**
 * The Open Inference Protocol v2 over REST (KServe's "Open Inference Protocol", with Triton's binary tensor extension): a model is a deployment, a version
 * the number of its live revision. Refusals are `{"error", "code"}` with the table's status.
 */
export class OipBytes {
  constructor(private readonly parts: OipBytesParts) {}

  readonly route = async (request: ByteRequest): Promise<ByteReply> => {
    try {
      return await this.#answer(request, parseOipPath(request.path));
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
      return json({ error: error.message, code: error.code }, ERRORS[error.code].status);
    }
  };

  async #answer(request: ByteRequest, target: OipTarget): Promise<ByteReply> {
    expectMethod(request, target.kind === 'model' && target.action === 'infer' ? 'POST' : 'GET');
    if (target.kind !== 'model') return json(SERVER[target.kind]);
    const scope = { ...request.scope, signal: request.signal };
    if (target.action === 'infer') return this.#infer(request, scope, target);
    const ready = await this.#target(scope, target);
    return json(target.action === 'ready' ? { name: ready.fullName, ready: true } : metadataOf(ready));
  }

  async #infer({ body, headers }: ByteRequest, scope: RequestScope, model: ModelTarget): Promise<ByteReply> {
    const target = await this.#target(scope, model);
    if (headers['content-encoding'] !== undefined) throw new PlatformError('BAD_USER_INPUT', 'The body was expected as it is; it came with a Content-Encoding.');
    const bytes = await readWhole(body, headers['content-length'], this.parts.maxBytes);
    const headerLength = headers['inference-header-content-length'];
    const request = readOipRequest(bytes, headerLength === undefined ? undefined : String(headerLength), target.revision.signature);
    const answer = await this.parts.direct.infer(scope, target, {
      inputs: request.inputs, outputs: request.outputs?.map(({ name }) => name) ?? null, timeoutMs: null,
    });
    return oipReply({ name: target.fullName, version: String(target.revisionNumber) }, request, answer);
  }

  async #target(scope: RequestScope, { model, version }: ModelTarget): Promise<ReadyTarget> {
    const target = await this.parts.direct.target(scope, model);
    if (version === null || version === String(target.revisionNumber)) return target;
    throw new PlatformError('REVISION_NOT_FOUND', `"${target.fullName}" serves version ${target.revisionNumber}; ${version.slice(0, 40)} was asked for.`);
  }
}

function expectMethod({ method }: ByteRequest, expected: string): void {
  if (method !== expected) throw new PlatformError('BAD_USER_INPUT', `${expected} was expected here, ${method} came.`);
}

/** @throws BODY_TOO_LARGE, BAD_USER_INPUT when it breaks off */
async function readWhole(body: Readable, announced: string | undefined, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): PlatformError => new PlatformError('BODY_TOO_LARGE', `A request of at most ${maxBytes} bytes was expected.`, { maxBytes });
  if (Number(announced) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > maxBytes) break;
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The body broke off before its end.', {}, { cause: error });
  }
  if (sizeBytes > maxBytes) throw tooLarge();
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes);
}

function metadataOf({ fullName, revisionNumber, revision: { signature } }: ReadyTarget): object {
  return {
    name: fullName, versions: [String(revisionNumber)], platform: 'onnxruntime_onnx',
    inputs: signature.inputs.map(describe), outputs: signature.outputs.map(describe),
  };
}

/** −1 is an open dimension. */
function describe({ name, datatype, shape }: TensorSpec): object {
  return { name, datatype, shape: shape.map(({ size }) => size ?? -1) };
}

function json(value: object, status = 200): ByteReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
