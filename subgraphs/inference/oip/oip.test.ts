import { DATATYPES, type Datatype } from '../../../platform/tensor/datatype';
import { packBytes, unpackBytes } from '../../../platform/tensor/bytes-elements';
import type { RawTensor, Signature } from '../../../platform/tensor/tensor';
import { classify } from './oip.classification';
import { parseOipPath } from './oip.path';
import { readOipRequest } from './oip.request';
import { oipReply } from './oip.response';
import { readTimeout } from './oip.timeout';

const NO_SIGNATURE: Signature = { inputs: [], outputs: [] };
const timing = { queuedMs: 0, batchWaitMs: 0, computeMs: 1, batchSize: 1 };
const VALUES: Partial<Record<Datatype, unknown[]>> = { BOOL: [true, false], BYTES: ['', 'ä😀'], FP16: [0.5, -2], FP32: [0.25, -1], FP64: [0.1, -1e300], INT8: [-128, 127], UINT8: [0, 255] };

const readJson = (input: object): RawTensor[] => readOipRequest(Buffer.from(JSON.stringify({ inputs: [input] })), undefined, NO_SIGNATURE).inputs;

function written(outputs: RawTensor[], isBinaryDefault: boolean): { head: { outputs: { name: string; parameters?: { binary_data_size: number } }[] }; json: string; binary: Buffer } {
  const { body, headers } = oipReply({ name: 'n/m', version: '1', signature: NO_SIGNATURE }, { id: null, inputs: [], outputs: null, isBinaryDefault, timeoutMs: null }, { outputs, timing, servedFrom: 'COMPUTED', savedMs: 0 });
  const bytes = Buffer.from(body as Buffer);
  const json = bytes.subarray(0, Number(headers!['inference-header-content-length'] ?? bytes.length)).toString();
  return { head: JSON.parse(json) as never, json, binary: bytes.subarray(Buffer.byteLength(json)) };
}

describe('tensors of the protocol', () => {
  it.each(DATATYPES)('come back as they went in: %s, as JSON and as bytes', (datatype) => {
    const data = VALUES[datatype] ?? [1, 2];
    const [tensor] = readJson({ name: 'x', datatype, shape: [2], data });
    expect(written([tensor!], false).head.outputs).toEqual([{ name: 'x', datatype, shape: [2], data }]);
    const { head, binary } = written([tensor!], true);
    const size = head.outputs[0]!.parameters!.binary_data_size;
    const request = JSON.stringify({ inputs: [{ name: 'x', datatype, shape: [2], parameters: { binary_data_size: size } }] });
    const body = Buffer.concat([Buffer.from(request), binary]);
    expect(readOipRequest(body, String(request.length), NO_SIGNATURE).inputs).toEqual([{ name: 'x', datatype, shape: [2], data: binary }]);
  });

  it('keep every digit of a 64-bit integer', () => {
    const [tensor] = readJson({ name: 'x', datatype: 'UINT64', shape: [1], data: ['18446744073709551615'] });
    expect(written([tensor!], false).json).toContain('"data":[18446744073709551615]');
  });

  it('take every digit of one, where JSON writes it as a number', () => {
    const read = (datatype: Datatype, data: string, shape = [1]) => readOipRequest(Buffer.from(`{"inputs":[{"name":"x","datatype":"${datatype}","shape":[${shape.join()}],"data":${data}}]}`), undefined, NO_SIGNATURE).inputs[0]!.data;
    expect(Buffer.from(read('INT64', '[-9223372036854775808]')).readBigInt64LE()).toBe(-9_223_372_036_854_775_808n);
    expect(Buffer.from(read('UINT64', '[[18446744073709551615]]', [1, 1])).readBigUInt64LE()).toBe(18_446_744_073_709_551_615n);
    expect(Buffer.from(read('FP64', '[123456789012345678901234567890]')).readDoubleLE()).toBe(123456789012345678901234567890);
    expect(Buffer.from(read('FP64', '[0.12345678901234567890]')).readDoubleLE()).toBe(0.1234567890123456789);
    expect(Buffer.from(read('FP64', '[1e-1000000000000000000]')).readDoubleLE()).toBe(0);
    expect(Buffer.from(read('BYTES', '["1234567890123456789"]')).subarray(4).toString()).toBe('1234567890123456789');
    expect(Buffer.from(read('BYTES', '["\\"1234567890123456789"]')).subarray(4).toString()).toBe('"1234567890123456789');
    for (const [datatype, data] of [['INT64', '[9223372036854775808]'], ['UINT64', '[-1000000000000000000]'], ['BYTES', '[1234567890123456789]'], ['INT32', '[1234567890123456789]'], ['INT64', '[00000000000000000001]']] as const) {
      expect(() => read(datatype, data)).toThrow(expect.objectContaining({ code: expect.stringMatching(/TENSOR_INVALID|BAD_USER_INPUT/) }));
    }
  });

  it('that are binary are views of the body, copied by nobody', () => {
    const request = JSON.stringify({ inputs: [{ name: 'x', datatype: 'UINT8', shape: [3], parameters: { binary_data_size: 3 } }] });
    const body = Buffer.concat([Buffer.from(request), Buffer.from([1, 2, 3])]);
    expect(readOipRequest(body, String(request.length), NO_SIGNATURE).inputs[0]!.data.buffer).toBe(body.buffer);
  });

  it('that are no text are refused as JSON', () => {
    const bytes = { name: 'y', datatype: 'BYTES', shape: [1], data: Uint8Array.of(1, 0, 0, 0, 0xff) } as const;
    expect(() => written([{ ...bytes, shape: [1] }], false)).toThrow(expect.objectContaining({ code: 'TENSOR_INVALID' }));
  });
});

describe('a path of the protocol', () => {
  it.each([
    ['/v2', { kind: 'server' }], ['/v2/health/live', { kind: 'live' }], ['/v2/models/a/b', { kind: 'model', action: 'metadata', model: 'a/b', version: null }],
    ['/v2/models/a%2Fb/infer', { kind: 'model', action: 'infer', model: 'a/b', version: null }], ['/v2/models/a/ready/ready', { kind: 'model', action: 'ready', model: 'a/ready', version: null }],
    ['/v2/models/stats', { kind: 'statistics' }], ['/v2/models/a/b/stats', { kind: 'model', action: 'stats', model: 'a/b', version: null }],
    ['/v2/models/a%2Fb/versions/best/ready', { kind: 'model', action: 'ready', model: 'a/b', version: 'best' }],
    ['/v2/repository/index', { kind: 'index' }], ['/v2/repository/models/a/b/load', { kind: 'repository', action: 'load', model: 'a/b' }],
    ['/v2/repository/models/a%2Fb/unload', { kind: 'repository', action: 'unload', model: 'a/b' }],
    ['/v2/models/a/b/versions/3/infer?x=1', { kind: 'model', action: 'infer', model: 'a/b', version: '3' }],
  ])('%s means what it says', (path, target) => expect(parseOipPath(path)).toEqual(target));

  it.each(['/v2/models/a', '/v2/models//b', '/v2/models/a/b/c', '/v2/models/a/b/versions', '/v2/models/a/b/versions//ready', '/v2/x', '/v2/models/a%ZZ/b', '/v2/constructor', '/v2/repository', '/v2/repository/models/a/b', '/v2/repository/models/a/b/delete', '/v2/models/a/b/toString'])('%s means nothing', (path) => {
    expect(() => parseOipPath(path)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

describe('the time that a request gives', () => {
  it('is the shorter of what its header and its parameters say, which count microseconds', () => {
    expect(readTimeout(undefined, null)).toBeNull();
    expect(readTimeout('250', null)).toBe(250);
    expect(readTimeout('250', 20)).toBe(20);
    expect(readTimeout(undefined, 20)).toBe(20);
    const asked = (timeout: number) => readOipRequest(Buffer.from(JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }], parameters: { timeout } })), undefined, NO_SIGNATURE);
    expect([1, 1_500, 2_000, 0].map((microseconds) => asked(microseconds).timeoutMs)).toEqual([1, 2, 2, null]);
  });

  it.each(['', '-1', '1.5', '1e3', 'soon', '99999999999'])('is refused as "%s"', (header) => {
    expect(() => readTimeout(header, null)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

describe('classification', () => {
  const open = { size: null, name: 'n' };
  const scores = (shape: number[], values: number[]): RawTensor => ({ name: 'y', datatype: 'FP32', shape, data: new Uint8Array(Float32Array.from(values).buffer) });
  const classesOf = (tensor: RawTensor): string[] => unpackBytes(tensor).map((element) => Buffer.from(element).toString());

  it('gives the best of each row of a batch, highest first, equal ones in their order and NaN last', () => {
    const found = classify(scores([2, 3], [0.25, 0.5, 0.25, NaN, -1, -Infinity]), { name: 'y', datatype: 'FP32', shape: [open, { size: 3, name: null }] }, 2);
    expect([found.shape, found.datatype, classesOf(found)]).toEqual([[2, 2], 'BYTES', ['0.500000:1', '0.250000:0', '-1:1', '-Infinity:2']]);
  });

  it('gives the best of the whole tensor where nothing is a batch, and no more than there are', () => {
    expect(classesOf(classify(scores([2, 2], [1, 4, 3, 2]), { name: 'y', datatype: 'FP32', shape: [{ size: 2, name: null }, { size: 2, name: null }] }, 9)))
      .toEqual(['4:1', '3:2', '2:3', '1:0']);
    expect(classify(scores([0, 3], []), { name: 'y', datatype: 'FP32', shape: [open, { size: 3, name: null }] }, 2)).toMatchObject({ shape: [0, 0] });
  });

  it('needs numbers', () => {
    const text: RawTensor = { name: 'y', datatype: 'BYTES', shape: [1], data: packBytes([Buffer.from('a')]) };
    expect(() => classify(text, { name: 'y', datatype: 'BYTES', shape: [open] }, 1)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});
