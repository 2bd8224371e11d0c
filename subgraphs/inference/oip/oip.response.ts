import type { ByteReply } from '../../../platform/bytes/byte-route';
import { PlatformError } from '../../../platform/errors';
import { encodeJson } from '../../../platform/tensor/inline-tensor';
import type { RawTensor, Signature } from '../../../platform/tensor/tensor';
import type { ServedAnswer } from '../reuse/reused-calls';
import { classify } from './oip.classification';
import type { OipRequest } from './oip.request';

/** How a model calls itself in an answer. */
export interface OipModel {
  name: string;
  version: string;
  signature: Signature;
}

/** The answer in the protocol's form: JSON, with the binary outputs behind it in the order in which it names them. */
export function oipReply(model: OipModel, request: OipRequest, { outputs, timing, servedFrom }: ServedAnswer): ByteReply {
  const { name, version } = model;
  const { id, outputs: requested, isBinaryDefault } = request;
  const isBinary = new Map(requested?.map((output) => [output.name, output.isBinary]));
  const binary: Uint8Array[] = [];
  const parts = inOrder(model, request, outputs).map((tensor) => {
    if (!(isBinary.get(tensor.name) ?? isBinaryDefault)) return jsonOutput(tensor);
    binary.push(tensor.data);
    return binaryOutput(tensor);
  });
  const head = JSON.stringify({ model_name: name, model_version: version, ...(id === null ? {} : { id }), ...(servedFrom === 'COMPUTED' ? {} : { parameters: { served_from: servedFrom } }) });
  const json = `${head.slice(0, -1)},"outputs":[${parts.join(',')}]}`;
  const serverTiming = `queue;dur=${timing.queuedMs.toFixed(3)}, batch;dur=${timing.batchWaitMs.toFixed(3)}, compute;dur=${timing.computeMs.toFixed(3)}`;
  if (binary.length === 0) return { status: 200, headers: { 'content-type': 'application/json', 'server-timing': serverTiming }, body: json };
  return {
    status: 200, body: Buffer.concat([Buffer.from(json), ...binary]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(Buffer.byteLength(json)), 'server-timing': serverTiming },
  };
}

/** As they were asked for, with the best classes in place of scores where those were wanted. */
function inOrder({ signature }: OipModel, { outputs: requested }: OipRequest, outputs: readonly RawTensor[]): readonly RawTensor[] {
  if (!requested) return outputs;
  return requested.flatMap(({ name, classes }) => outputs.filter((tensor) => tensor.name === name).map((tensor) => (
    classes === null ? tensor : classify(tensor, signature.outputs.find((spec) => spec.name === name)!, classes)
  )));
}

function binaryOutput({ name, datatype, shape, data }: RawTensor): string {
  return JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: data.byteLength } });
}

/** 64-bit integers are written digit by digit: the protocol wants numbers, and JavaScript's end at 2^53. */
function jsonOutput(tensor: RawTensor): string {
  const { name, datatype, shape } = tensor;
  const values = encodeJson(tensor);
  if (values === null) throw new PlatformError('TENSOR_INVALID', `Output "${name}" holds bytes that are no text; ask for it with parameters.binary_data.`, { output: name });
  const data = datatype === 'INT64' || datatype === 'UINT64' ? `[${values.join(',')}]` : JSON.stringify(values);
  return `${JSON.stringify({ name, datatype, shape }).slice(0, -1)},"data":${data}}`;
}
