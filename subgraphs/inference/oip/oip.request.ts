import { z } from 'zod';
import { PlatformError } from '../../../platform/errors';
import { DATATYPES, ELEMENT_BYTES, isDatatype, type Datatype } from '../../../platform/tensor/datatype';
import { checkRaw } from '../../../platform/tensor/element-count';
import { decodeJson } from '../../../platform/tensor/inline-tensor';
import type { RawTensor, Signature } from '../../../platform/tensor/tensor';
import { isLongInteger, parseLongIntegers, withLongIntegers } from './long-integers';

export interface RequestedOutput {
  name: string;
  isBinary: boolean;
  /** How many of the best classes are wanted in place of the scores; null: the scores. */
  classes: number | null;
}

export interface OipRequest {
  /** Echoed; null: none came. */
  id: string | null;
  inputs: RawTensor[];
  /** Null: all. */
  outputs: RequestedOutput[] | null;
  /** How those outputs come of which the request says nothing. */
  isBinaryDefault: boolean;
  /** Null: none came. */
  timeoutMs: number | null;
}

/** A long integer is marked text by now, and still no text. */
const text = z.string().refine((given) => !isLongInteger(given), 'expected text');
const inputSchema = z.object({
  name: text, datatype: text, shape: z.array(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)),
  parameters: z.looseObject({ binary_data_size: z.number().int().min(0).optional() }).optional(),
  data: z.unknown().optional(),
});
const outputSchema = z.object({
  name: text, parameters: z.looseObject({ binary_data: z.boolean().optional(), classification: z.number().int().min(0).max(1_000_000).optional() }).optional(),
});
const requestSchema = z.object({
  id: text.optional(),
  parameters: z.looseObject({
    binary_data_output: z.boolean().optional(),
    // Microseconds, of Triton's scheduling policy; 0 is none.
    timeout: z.number().int().min(0).max(1e12).optional(),
    // A call that counts on others before it must not be answered as if it stood alone.
    sequence_id: z.union([z.literal(0), z.literal('')], 'sequences are not served').optional(),
  }).optional(),
  inputs: z.array(inputSchema).min(1),
  outputs: z.array(outputSchema).optional(),
});

/**
 * Reads an inference request of the Open Inference Protocol v2: JSON, JSON with binary tensors behind it, or one bare tensor. Binary tensors stay views of
 * the body.
 * @param headerLength the header `Inference-Header-Content-Length`, the length of the JSON; undefined: the whole body is JSON
 * @throws BAD_USER_INPUT, TENSOR_INVALID, ELEMENT_COUNT_MISMATCH
 */
export function readOipRequest(body: Buffer, headerLength: string | undefined, signature: Signature): OipRequest {
  const jsonBytes = headerLength === undefined ? body.length : readLength(headerLength, body);
  const binary = body.subarray(jsonBytes);
  if (headerLength !== undefined && jsonBytes === 0) return { id: null, inputs: [bareTensor(signature, binary)], outputs: null, isBinaryDefault: true, timeoutMs: null };
  const { hasLong, request: { id = null, parameters, inputs, outputs } } = parseJson(body.subarray(0, jsonBytes));
  const isBinaryDefault = parameters?.binary_data_output ?? false;
  return {
    id, isBinaryDefault, inputs: readInputs(inputs, { binary, hasLong }), timeoutMs: parameters?.timeout ? Math.ceil(parameters.timeout / 1_000) : null,
    outputs: outputs?.map(({ name, parameters: wish }) => ({ name, isBinary: wish?.binary_data ?? isBinaryDefault, classes: wish?.classification || null })) ?? null,
  };
}

function readLength(text: string, body: Buffer): number {
  const length = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(length <= body.length)) {
    throw new PlatformError('BAD_USER_INPUT', `Inference-Header-Content-Length was expected to be the length of the JSON, at most the ${body.length} bytes of the body; "${text.slice(0, 40)}" came.`);
  }
  return length;
}

function parseJson(bytes: Buffer): { request: z.infer<typeof requestSchema>; hasLong: boolean } {
  let parsed: ReturnType<typeof parseLongIntegers>;
  try {
    parsed = parseLongIntegers(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The request is no JSON; where binary tensors follow it, Inference-Header-Content-Length says where it ends.', {}, { cause: error });
  }
  const request = requestSchema.safeParse(parsed.json);
  if (request.success) return { request: request.data, hasLong: parsed.hasLong };
  const [issue] = request.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `${issue?.path.join('.') || 'The request'}: ${issue?.message ?? 'not understood'}.`);
}

/** Binary tensors follow the JSON in the order of the inputs that announce them, and nothing follows them. */
function readInputs(inputs: z.infer<typeof inputSchema>[], { binary, hasLong }: { binary: Buffer; hasLong: boolean }): RawTensor[] {
  let position = 0;
  const tensors = inputs.map((input) => {
    const header = { name: input.name, datatype: datatypeOf(input), shape: input.shape };
    const size = input.parameters?.binary_data_size;
    if ((size === undefined) === (input.data === undefined)) {
      throw new PlatformError('TENSOR_INVALID', `Input "${input.name}": exactly one of data and parameters.binary_data_size was expected, ${size === undefined ? 'none' : 'both'} came.`);
    }
    if (size === undefined) return decodeJson({ ...header, json: hasLong ? withLongIntegers(input.data, header.datatype) : input.data });
    if (size > binary.length - position) {
      throw new PlatformError('TENSOR_INVALID', `Input "${input.name}": ${size} bytes were announced, ${binary.length - position} are left of the ${binary.length} behind the JSON.`);
    }
    const tensor = { ...header, data: binary.subarray(position, position + size) };
    position += size;
    checkRaw(tensor);
    return tensor;
  });
  if (position !== binary.length) throw new PlatformError('TENSOR_INVALID', `${binary.length} bytes follow the JSON, of which the inputs announce ${position}.`);
  return tensors;
}

function datatypeOf({ name, datatype }: { name: string; datatype: string }): Datatype {
  if (isDatatype(datatype)) return datatype;
  throw new PlatformError('TENSOR_INVALID', `Input "${name}": the datatype was expected to be one of ${DATATYPES.join(', ')}; "${datatype.slice(0, 40)}" came.`);
}

/** A body without JSON: the one input of the model, whose one open dimension follows from the number of bytes. */
function bareTensor({ inputs }: Signature, data: Buffer): RawTensor {
  const [input] = inputs;
  const open = input?.shape.filter(({ size }) => size === null).length ?? 0;
  if (!input || inputs.length > 1 || input.isUnranked || open > 1 || input.datatype === 'BYTES') {
    throw new PlatformError('BAD_USER_INPUT', 'A request without JSON is for models of one input with fixed-size elements and at most one open dimension.');
  }
  const fixedBytes = input.shape.reduce<number>((product, { size }) => product * (size ?? 1), ELEMENT_BYTES[input.datatype]);
  const shape = input.shape.map(({ size }) => size ?? (fixedBytes > 0 ? Math.floor(data.length / fixedBytes) : 0));
  const tensor = { name: input.name, datatype: input.datatype, shape, data };
  checkRaw(tensor);
  return tensor;
}
