/** A bad request of the Open Inference Protocol: what is sent to a model `x FP32[n, 2]` → `y`, and the code it is refused with. */
export interface BadRequest {
  title: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
  code: string;
}

const good = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const asked = (overrides: object = {}, request: object = {}): string => JSON.stringify({ inputs: [{ ...good, ...overrides }], ...request });
const json = (title: string, body: string, code: string): BadRequest => ({ title, body, code });

/** JSON with bytes behind it; what the headers say of the JSON's length may be a lie. */
function binary(title: string, code: string, { input = {}, bytes = 8, length }: { input?: object; bytes?: number; length?: string }): BadRequest {
  const { data: _data, ...rest } = good;
  const head = JSON.stringify({ inputs: [{ ...rest, parameters: { binary_data_size: 8 }, ...input }] });
  return {
    title: `binary: ${title}`, code, body: Buffer.concat([Buffer.from(head), Buffer.alloc(bytes)]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': length ?? String(head.length) },
  };
}

const LENGTHS = ['-1', '1e3', '0x10', 'abc', '', '1.5', '99999999', '9007199254740993', '999999999999999999999', ' 5 5 ', 'NaN', 'Infinity'];
const BAD_INPUTS: [string, object][] = [
  ['no name', { name: undefined }], ['a number for a name', { name: 1 }], ['no datatype', { datatype: undefined }], ['no shape', { shape: undefined }],
  ['text for a shape', { shape: '1,2' }], ['a negative dimension', { shape: [-1, 2] }], ['half a dimension', { shape: [0.5, 2] }], ['null in the shape', { shape: [null, 2] }],
  ['a dimension beyond 2^53', { shape: [1e300, 2] }], ['text in the shape', { shape: ['1', 2] }], ['a nested shape', { shape: [[1, 2]] }],
  ['parameters that are a list', { parameters: 3 }], ['a size that is text', { parameters: { binary_data_size: '8' } }],
  ['a negative size', { parameters: { binary_data_size: -8 } }], ['half a size', { parameters: { binary_data_size: 0.5 } }],
];
const BAD_DATA: [string, object, string][] = [
  ['no data', { data: undefined }, 'TENSOR_INVALID'], ['null', { data: null }, 'TENSOR_INVALID'], ['text', { data: '1,2' }, 'TENSOR_INVALID'], ['a number', { data: 1 }, 'TENSOR_INVALID'],
  ['an object', { data: { 0: 1, 1: 2, length: 2 } }, 'TENSOR_INVALID'], ['text in it', { data: ['1', '2'] }, 'TENSOR_INVALID'], ['null in it', { data: [null, 1] }, 'TENSOR_INVALID'],
  ['truth values', { data: [true, false] }, 'TENSOR_INVALID'], ['a number beyond FP32', { data: [1e39, 0] }, 'TENSOR_INVALID'], ['too few', { data: [1] }, 'ELEMENT_COUNT_MISMATCH'],
  ['too many', { data: [1, 2, 3] }, 'ELEMENT_COUNT_MISMATCH'], ['none', { data: [] }, 'ELEMENT_COUNT_MISMATCH'], ['mixed nesting', { data: [[1], 2] }, 'ELEMENT_COUNT_MISMATCH'],
  ['nested too deep', { data: [[[1], [2]]] }, 'TENSOR_INVALID'], ['another nesting', { data: [[1], [2]] }, 'ELEMENT_COUNT_MISMATCH'], ['objects', { data: [{}, {}] }, 'TENSOR_INVALID'],
  ['data and a size', { parameters: { binary_data_size: 8 } }, 'TENSOR_INVALID'],
];
const WRONG: [string, object, string][] = [
  ['another name', { name: 'z' }, 'INPUT_MISSING'], ['an empty name', { name: '' }, 'INPUT_MISSING'], ['__proto__ for a name', { name: '__proto__' }, 'INPUT_MISSING'],
  ['another rank', { shape: [2] }, 'SHAPE_MISMATCH'], ['a scalar', { shape: [], data: [1] }, 'SHAPE_MISMATCH'], ['another width', { shape: [2, 1] }, 'SHAPE_MISMATCH'],
  ['too high a rank', { shape: [1, 2, 1] }, 'SHAPE_MISMATCH'], ['65 dimensions', { shape: new Array(65).fill(1), data: [1] }, 'TENSOR_INVALID'],
  ['2^60 elements', { shape: [2 ** 30, 2 ** 30] }, 'TENSOR_INVALID'], ['a zero that hides 2^60', { shape: [0, 2 ** 30, 2 ** 30], data: [] }, 'TENSOR_INVALID'],
  ['2^31 elements that are not there', { shape: [2 ** 30, 2] }, 'ELEMENT_COUNT_MISMATCH'],
  ...['FP64', 'INT32', 'INT8', 'UINT8', 'FP16'].map((datatype): [string, object, string] => [datatype, { datatype }, 'DATATYPE_MISMATCH']),
  ...['BF16', 'fp32', 'float32', '', 'STRING', 'constructor', 'INT128'].map((datatype): [string, object, string] => [`datatype "${datatype}"`, { datatype }, 'TENSOR_INVALID']),
];
const BAD_REQUESTS: [string, string][] = [
  ['nothing', ''], ['no JSON', 'hello'], ['half a JSON', asked().slice(0, -5)], ['null', 'null'], ['a list', '[]'], ['text', '"x"'], ['a number', '3'], ['no inputs', '{}'],
  ['null inputs', '{"inputs":null}'], ['inputs that are an object', '{"inputs":{}}'], ['an empty list of inputs', '{"inputs":[]}'], ['an input that is text', '{"inputs":["x"]}'],
  ['an input that is null', '{"inputs":[null]}'], ['a number for an id', asked({}, { id: 7 })], ['a long number for an id', asked().replace('{', '{"id":12345678901234567890,')], ['outputs that are text', asked({}, { outputs: 'y' })], ['an output that is text', asked({}, { outputs: ['y'] })],
  ['an output without a name', asked({}, { outputs: [{}] })], ['a wish for binary that is text', asked({}, { outputs: [{ name: 'y', parameters: { binary_data: 'yes' } }] })],
  ...[-1, 0.5, '3', null, true, 1e9].map((count): [string, string] => [`classification of ${JSON.stringify(count)}`, asked({}, { outputs: [{ name: 'y', parameters: { classification: count } }] })]),
  ...[-1, 0.5, '100', 1e13].map((timeout): [string, string] => [`a timeout of ${JSON.stringify(timeout)}`, asked({}, { parameters: { timeout } })]),
  ['a timeout beyond ten minutes', asked({}, { parameters: { timeout: 1e9 } })],
  ['a sequence', asked({}, { parameters: { sequence_id: 7, sequence_start: true } })], ['a named sequence', asked({}, { parameters: { sequence_id: 'mine' } })],
  ['parameters that are text', asked({}, { parameters: 'x' })],
  ['binary_data_output that is text', asked({}, { parameters: { binary_data_output: 'x' } })], ['two JSONs', asked() + asked()], ['a byte order mark and garbage', '\ufeff{'],
  ['trailing bytes', `${asked()}\0\0`], ['NaN as JavaScript writes it', asked().replace('[1,2]}', '[NaN,2]}')], ['deep nesting', '['.repeat(50_000)],
];

export const BAD_OIP: readonly BadRequest[] = [
  ...BAD_REQUESTS.map(([title, body]) => json(title, body, 'BAD_USER_INPUT')),
  ...BAD_INPUTS.map(([title, input]) => json(`an input with ${title}`, asked(input), 'BAD_USER_INPUT')),
  ...BAD_DATA.map(([title, input, code]) => json(`data: ${title}`, asked(input), code)),
  ...WRONG.map(([title, input, code]) => json(`an input of ${title}`, asked(input), code)),
  json('the same input twice', JSON.stringify({ inputs: [good, good] }), 'INPUT_UNKNOWN'),
  json('an input too many', JSON.stringify({ inputs: [good, { ...good, name: 'z' }] }), 'INPUT_UNKNOWN'),
  json('an unknown output', asked({}, { outputs: [{ name: 'z' }] }), 'OUTPUT_UNKNOWN'),
  json('an output twice', asked({}, { outputs: [{ name: 'y' }, { name: 'y' }] }), 'OUTPUT_UNKNOWN'),
  { title: 'a body that is no UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), code: 'BAD_USER_INPUT' },
  { title: 'a Content-Encoding', body: asked(), headers: { 'content-encoding': 'gzip' }, code: 'BAD_USER_INPUT' },
  ...LENGTHS.map((length) => binary(`a header length of "${length}"`, 'BAD_USER_INPUT', { length })),
  binary('a header length that cuts the JSON', 'BAD_USER_INPUT', { length: '20' }),
  binary('a header length that takes bytes for JSON', 'BAD_USER_INPUT', { length: '100' }),
  binary('no bytes', 'TENSOR_INVALID', { bytes: 0 }),
  binary('a byte too few', 'TENSOR_INVALID', { bytes: 7 }),
  binary('a byte too many', 'TENSOR_INVALID', { bytes: 9 }),
  binary('a kilobyte too many', 'TENSOR_INVALID', { bytes: 1_032 }),
  binary('a size that is less than the shape', 'ELEMENT_COUNT_MISMATCH', { input: { parameters: { binary_data_size: 4 } }, bytes: 4 }),
  binary('a size that is more than the shape', 'ELEMENT_COUNT_MISMATCH', { input: { parameters: { binary_data_size: 12 } }, bytes: 12 }),
  binary('a size of 2^53', 'BAD_USER_INPUT', { input: { parameters: { binary_data_size: 2 ** 53 } } }),
  binary('a size of 2^40', 'TENSOR_INVALID', { input: { parameters: { binary_data_size: 2 ** 40 } } }),
  binary('a size of none', 'ELEMENT_COUNT_MISMATCH', { input: { parameters: { binary_data_size: 0 } }, bytes: 0 }),
  binary('no size', 'TENSOR_INVALID', { input: { parameters: {} } }),
  binary('a size and data', 'TENSOR_INVALID', { input: { data: [1, 2] } }),
  binary('another datatype', 'ELEMENT_COUNT_MISMATCH', { input: { datatype: 'FP64' } }),
  binary('BOOL bytes that are fine but not wanted', 'DATATYPE_MISMATCH', { input: { datatype: 'BOOL', shape: [8] } }),
  binary('BYTES that end inside an element', 'TENSOR_INVALID', { input: { datatype: 'BYTES', parameters: { binary_data_size: 7 } }, bytes: 7 }),
  binary('BYTES of another count', 'ELEMENT_COUNT_MISMATCH', { input: { datatype: 'BYTES', shape: [9] } }),
  binary('another shape', 'SHAPE_MISMATCH', { input: { shape: [2, 1] } }),
  { title: 'a bare tensor of a broken row', body: Buffer.alloc(11), headers: { 'inference-header-content-length': '0' }, code: 'ELEMENT_COUNT_MISMATCH' },
];
