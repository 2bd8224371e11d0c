import type { ByteReply } from '../../../platform/bytes/byte-route';
import { PlatformError } from '../../../platform/errors';
import { encodeJson } from '../../../platform/tensor/inline-tensor';
import type { RawTensor } from '../../../platform/tensor/tensor';
import type { DirectAnswer } from '../direct/worker.connection';
import type { OipRequest } from './oip.request';

/** How a model calls itself in an answer. */
export interface OipModel {
  name: string;
  version: string;
}

/** The answer in the protocol's form: JSON, with the binary outputs behind it in the order in which it names them. */
export function oipReply({ name, version }: OipModel, { id, outputs: requested, isBinaryDefault }: OipRequest, { outputs, timing }: DirectAnswer): ByteReply {
  const isBinary = new Map(requested?.map((output) => [output.name, output.isBinary]));
  const ordered = requested ? requested.flatMap((output) => outputs.filter((tensor) => tensor.name === output.name)) : outputs;
  const binary: Uint8Array[] = [];
  const parts = ordered.map((tensor) => {
    if (!(isBinary.get(tensor.name) ?? isBinaryDefault)) return jsonOutput(tensor);
    binary.push(tensor.data);
    return binaryOutput(tensor);
  });
  const head = JSON.stringify({ model_name: name, model_version: version, ...(id === null ? {} : { id }) });
  const json = `${head.slice(0, -1)},"outputs":[${parts.join(',')}]}`;
  const serverTiming = `queue;dur=${timing.queuedMs.toFixed(3)}, batch;dur=${timing.batchWaitMs.toFixed(3)}, compute;dur=${timing.computeMs.toFixed(3)}`;
  if (binary.length === 0) return { status: 200, headers: { 'content-type': 'application/json', 'server-timing': serverTiming }, body: json };
  return {
    status: 200, body: Buffer.concat([Buffer.from(json), ...binary]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(Buffer.byteLength(json)), 'server-timing': serverTiming },
  };
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
