/** A bad `infer` or `submitInference` for `default/pair` (`x FP32[n, 2]` → `y`), and the code it is refused with. */
export interface BadInference {
  title: string;
  input: Readonly<Record<string, unknown>>;
  code: string;
}

const x = { name: 'x', datatype: 'FP32', shape: [1, 2], json: [1, 2] };
const good = { deployment: 'default/pair', inputs: [x] };
const asked = (title: string, code: string, overrides: object): BadInference => ({ title, code, input: { ...good, ...overrides } });
const tensor = (title: string, code: string, overrides: object): BadInference => asked(`a tensor with ${title}`, code, { inputs: [{ ...x, ...overrides }] });
const bytes = (title: string, code: string, base64: unknown): BadInference => tensor(title, code, { json: undefined, base64 });
const BAD = 'BAD_USER_INPUT';

export const BAD_INFERENCES: readonly BadInference[] = [
  asked('no deployment', BAD, { deployment: undefined }), asked('a null deployment', BAD, { deployment: null }), asked('a list for a deployment', BAD, { deployment: ['a', 'b'] }),
  asked('a deployment that is not there', 'DEPLOYMENT_NOT_FOUND', { deployment: 'default/none' }), asked('a deployment of nobody', 'DEPLOYMENT_NOT_FOUND', { deployment: 'other/pair' }),
  asked('a deployment that climbs', 'DEPLOYMENT_NOT_FOUND', { deployment: '../../etc/passwd' }), asked('an empty deployment', 'DEPLOYMENT_NOT_FOUND', { deployment: '' }),
  asked('a deployment with a zero byte', 'DEPLOYMENT_NOT_FOUND', { deployment: 'default/pair\0' }), asked('a deployment of half a surrogate', 'DEPLOYMENT_NOT_FOUND', { deployment: 'default/\ud800' }),
  asked('no inputs', BAD, { inputs: undefined }), asked('a null input', BAD, { inputs: [null] }), asked('an input that is text', BAD, { inputs: ['x'] }), asked('an empty list of inputs', 'INPUT_MISSING', { inputs: [] }),
  asked('the same input twice', 'INPUT_UNKNOWN', { inputs: [x, x] }), asked('an input too many', 'INPUT_UNKNOWN', { inputs: [x, { ...x, name: 'z' }] }),
  asked('an unknown field', BAD, { wish: 1 }), asked('outputs that are a number', BAD, { outputs: 7 }), asked('an unknown output', 'OUTPUT_UNKNOWN', { outputs: ['z'] }), asked('an output twice', 'OUTPUT_UNKNOWN', { outputs: ['y', 'y'] }),
  tensor('no name', BAD, { name: undefined }), tensor('a number for a name', BAD, { name: 1 }), tensor('another name', 'INPUT_MISSING', { name: 'z' }), tensor('__proto__ for a name', 'INPUT_MISSING', { name: '__proto__' }),
  tensor('no datatype', BAD, { datatype: undefined }), tensor('a datatype that is none', BAD, { datatype: 'FLOAT' }), tensor('a datatype in small letters', BAD, { datatype: 'fp32' }),
  tensor('another datatype', 'DATATYPE_MISMATCH', { datatype: 'INT64' }), tensor('text for its datatype', 'DATATYPE_MISMATCH', { datatype: 'BYTES', json: ['a', 'b'] }),
  tensor('no shape', BAD, { shape: undefined }), tensor('text for a shape', BAD, { shape: '1,2' }), tensor('half a dimension', BAD, { shape: [0.5, 2] }), tensor('a dimension of 2^31', BAD, { shape: [2 ** 31, 2] }),
  tensor('a nested shape', BAD, { shape: [[1, 2]] }), tensor('another rank', 'SHAPE_MISMATCH', { shape: [2] }), tensor('a negative dimension', 'SHAPE_MISMATCH', { shape: [-1, 2] }),
  tensor('another width', 'SHAPE_MISMATCH', { shape: [2, 1] }), tensor('65 dimensions', 'SHAPE_MISMATCH', { shape: new Array<number>(65).fill(1), json: [1] }),
  tensor('2^60 elements', 'SHAPE_MISMATCH', { shape: [2 ** 30, 2 ** 30] }), tensor('2^31 elements that are not there', 'TENSOR_TOO_LARGE', { shape: [2 ** 30, 2] }),
  tensor('no elements', 'TENSOR_INVALID', { json: undefined }), tensor('null for elements', 'TENSOR_INVALID', { json: null }), tensor('too few elements', 'ELEMENT_COUNT_MISMATCH', { json: [1] }),
  tensor('too many elements', 'ELEMENT_COUNT_MISMATCH', { json: [1, 2, 3] }), tensor('text for elements', 'TENSOR_INVALID', { json: ['a', 'b'] }), tensor('truth for elements', 'TENSOR_INVALID', { json: [true, false] }),
  tensor('an object for elements', 'TENSOR_INVALID', { json: { 0: 1, 1: 2, length: 2 } }), tensor('elements nested otherwise', 'ELEMENT_COUNT_MISMATCH', { json: [[1], [2]] }),
  tensor('a number beyond FP32', 'TENSOR_INVALID', { json: [1e39, 0] }), tensor('elements of two kinds', 'TENSOR_INVALID', { base64: 'AAAAAAAAAAA=' }),
  bytes('base64 that is none', 'TENSOR_INVALID', '***'), bytes('base64 without its padding', 'TENSOR_INVALID', 'AAAAAAAAAAA'), bytes('base64 of a byte too few', 'ELEMENT_COUNT_MISMATCH', 'AAAAAAAAAA=='),
  bytes('base64 of another alphabet', 'TENSOR_INVALID', '_-__-_A='), bytes('base64 above 64 KiB', 'TENSOR_TOO_LARGE', 'AAAA'.repeat(22_000)), bytes('a number for base64', BAD, 7), bytes('a list for base64', BAD, ['AAAA']),
  tensor('a blob that is not there', 'TENSOR_NOT_FOUND', { json: undefined, blob: '01a20900-e232-7708-baf1-8b650fdaa573' }), tensor('a blob that climbs', 'TENSOR_NOT_FOUND', { json: undefined, blob: '../secret' }),
  tensor('a blob beside elements', 'TENSOR_INVALID', { blob: '01a20900-e232-7708-baf1-8b650fdaa573' }),
];

/** Of `infer` alone. */
export const BAD_CALLS: readonly BadInference[] = [
  ...[0, -1, 600_001].map((timeoutMs) => asked(`a time of ${timeoutMs}`, BAD, { timeoutMs })), asked('a time of text', BAD, { timeoutMs: 'soon' }), asked('half a millisecond', BAD, { timeoutMs: 0.5 }),
];
