import { onnx } from 'onnx-proto';
import type { Datatype } from '../../platform/tensor/datatype';
import type { Dimension, Signature } from '../../platform/tensor/tensor';

/** Small ONNX files made in the test, as buffers: the well-behaved and the hostile. */

const ELEMENT_TYPES: Readonly<Record<Datatype | 'BF16', number>> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 16,
};

type Shape = (number | string)[];

export function valueInfo(name: string, datatype: Datatype | 'BF16', shape: Shape | null): onnx.IValueInfoProto {
  const dims = shape?.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[datatype], ...(dims && { shape: { dim: dims } }) } } };
}

export function node(opType: string, input: string[], output: string[], attribute: onnx.IAttributeProto[] = []): onnx.INodeProto {
  return { opType, input, output, attribute, name: `${opType}_${output[0]}` };
}

export function floats(name: string, dims: number[], values: Float32Array): onnx.ITensorProto {
  return { name, dims, dataType: ELEMENT_TYPES.FP32, rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

export interface ModelOptions {
  opset?: number;
  irVersion?: number;
  opsets?: { domain: string; version: number }[];
}

export function makeModel(graph: onnx.IGraphProto, { opset = 17, irVersion = 8, opsets = [] }: ModelOptions = {}): Buffer {
  const model = onnx.ModelProto.create({
    irVersion,
    producerName: 'modelgraph-test',
    producerVersion: '1',
    graph: { name: 'graph', ...graph },
    opsetImport: [{ domain: '', version: opset }, ...opsets],
  });
  return Buffer.from(onnx.ModelProto.encode(model).finish());
}

/** y = x, for any datatype of the platform; dimension 0 is dynamic. */
export function identityModel(datatype: Datatype | 'BF16' = 'FP32', shape: Shape | null = ['n'], options?: ModelOptions): Buffer {
  return makeModel(
    {
      node: [node('Identity', ['x'], ['y'])],
      input: [valueInfo('x', datatype, shape)],
      output: [valueInfo('y', datatype, shape)],
    },
    options,
  );
}

/** sum = a + b over [batch, width]. */
export function addModel(width = 4): Buffer {
  return makeModel({
    node: [node('Add', ['a', 'b'], ['sum'])],
    input: [valueInfo('a', 'FP32', ['batch', width]), valueInfo('b', 'FP32', ['batch', width])],
    output: [valueInfo('sum', 'FP32', ['batch', width])],
  });
}

/** Dense layers with ReLU between and softmax at the end; weights are a fixed pattern. */
export function mlpModel(sizes: number[] = [784, 128, 10]): Buffer {
  const initializer: onnx.ITensorProto[] = [];
  const nodes: onnx.INodeProto[] = [];
  let previous = 'input';
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [from, to] = [sizes[layer]!, sizes[layer + 1]!];
    initializer.push(floats(`w${layer}`, [from, to], pattern(from * to)), floats(`b${layer}`, [to], pattern(to)));
    nodes.push(node('Gemm', [previous, `w${layer}`, `b${layer}`], [`h${layer}`]), node('Relu', [`h${layer}`], [`r${layer}`]));
    previous = `r${layer}`;
  }
  nodes.push(node('Softmax', [previous], ['probs'], [{ name: 'axis', type: onnx.AttributeProto.AttributeType.INT, i: -1 }]));
  return makeModel({
    node: nodes,
    initializer,
    input: [valueInfo('input', 'FP32', ['batch', sizes[0]!])],
    output: [valueInfo('probs', 'FP32', ['batch', sizes.at(-1)!])],
  });
}

/** A Loop whose condition never turns false: it runs for ever, inside native code. */
export function endlessModel(): Buffer {
  const body: onnx.IGraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['go_on']), node('Add', ['value', 'one'], ['next'])],
    initializer: [floats('one', [], Float32Array.of(1))],
    input: [valueInfo('iteration', 'INT64', []), valueInfo('go', 'BOOL', []), valueInfo('value', 'FP32', [])],
    output: [valueInfo('go_on', 'BOOL', []), valueInfo('next', 'FP32', [])],
  };
  return makeModel({
    node: [node('Loop', ['', 'go_first', 'x'], ['y'], [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: body }])],
    initializer: [{ name: 'go_first', dims: [], dataType: ELEMENT_TYPES.BOOL, rawData: Uint8Array.of(1) }],
    input: [valueInfo('x', 'FP32', [])],
    output: [valueInfo('y', 'FP32', [])],
  });
}

/** y = n after as many steps as the largest n of the batch says: a run lasts as long as its longest item wants. */
export function countingModel(): Buffer {
  const body: onnx.IGraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['go_on']), node('Add', ['value', 'one'], ['next'])],
    initializer: [floats('one', [], Float32Array.of(1))],
    input: [valueInfo('iteration', 'INT64', []), valueInfo('go', 'BOOL', []), valueInfo('value', 'FP32', [])],
    output: [valueInfo('go_on', 'BOOL', []), valueInfo('next', 'FP32', [])],
  };
  const { INT, GRAPH } = onnx.AttributeProto.AttributeType;
  return makeModel({
    node: [
      node('ReduceMax', ['n'], ['steps'], [{ name: 'keepdims', type: INT, i: 0 }]),
      node('Loop', ['steps', '', 'zero'], ['counted'], [{ name: 'body', type: GRAPH, g: body }]),
      node('Mul', ['counted', 'zero'], ['nothing']), node('Cast', ['nothing'], ['none'], [{ name: 'to', type: INT, i: ELEMENT_TYPES.INT64 }]),
      node('Add', ['n', 'none'], ['y']),
    ],
    initializer: [floats('zero', [], Float32Array.of(0))],
    input: [valueInfo('n', 'INT64', ['batch', 1])],
    output: [valueInfo('y', 'INT64', ['batch', 1])],
  });
}

/** Allocates as many floats as its input `n` says and sums them: 2^31 of them are 8 GiB. */
export function allocatingModel(): Buffer {
  return makeModel({
    node: [
      node('ConstantOfShape', ['n'], ['block']),
      node('ReduceSum', ['block'], ['y'], [{ name: 'keepdims', type: onnx.AttributeProto.AttributeType.INT, i: 0 }]),
    ],
    input: [valueInfo('n', 'INT64', [1])],
    output: [valueInfo('y', 'FP32', [])],
  });
}

/** y = x + w, with as many zeros for weights as asked. */
export function heavyModel(weights: number): Buffer {
  return makeModel({
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [floats('w', [weights], new Float32Array(weights))],
    input: [valueInfo('x', 'FP32', [1])],
    output: [valueInfo('y', 'FP32', [weights])],
  });
}

/** Gives back as many floats as its input `n` says. */
export function fillingModel(): Buffer {
  return makeModel({
    node: [node('ConstantOfShape', ['n'], ['y'])],
    input: [valueInfo('n', 'INT64', [1])],
    output: [valueInfo('y', 'FP32', ['size'])],
  });
}

/** Refuses at run time, by the runtime itself: it reshapes to what its input says. */
export function reshapeModel(): Buffer {
  return makeModel({
    node: [node('Reshape', ['x', 'shape'], ['y'])],
    input: [valueInfo('x', 'FP32', ['n']), valueInfo('shape', 'INT64', ['rank'])],
    output: [valueInfo('y', 'FP32', ['a', 'b'])],
  });
}

/** Gives a sequence of tensors, which the platform does not serve. */
export function sequenceModel(): Buffer {
  return makeModel({
    node: [node('SequenceConstruct', ['x', 'x'], ['pair'])],
    input: [valueInfo('x', 'FP32', ['n'])],
    output: [
      {
        name: 'pair',
        type: { sequenceType: { elemType: { tensorType: { elemType: ELEMENT_TYPES.FP32, shape: { dim: [{ dimParam: 'n' }] } } } } },
      },
    ],
  });
}

/** y = x + w, whose four floats lie in a file beside it, which a single-file upload does not bring. */
export function externalDataModel(location = 'weights.bin', entries: object = {}): Buffer {
  return makeModel({
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [
      {
        name: 'w',
        dims: [4],
        dataType: ELEMENT_TYPES.FP32,
        dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
        externalData: Object.entries({ location, ...entries }).map(([key, value]) => ({ key, value: String(value) })),
      },
    ],
    input: [valueInfo('x', 'FP32', [4])],
    output: [valueInfo('y', 'FP32', [4])],
  });
}

/** An operator that no runtime knows. */
export function foreignOperatorModel(): Buffer {
  return makeModel(
    {
      node: [{ ...node('Teleport', ['x'], ['y']), domain: 'example.invalid' }],
      input: [valueInfo('x', 'FP32', ['n'])],
      output: [valueInfo('y', 'FP32', ['n'])],
    },
    { opsets: [{ domain: 'example.invalid', version: 1 }] },
  );
}

/** Graphs inside graphs, as deep as asked. */
export function nestedModel(depth: number): Buffer {
  let graph: onnx.IGraphProto = { name: 'leaf', node: [node('Identity', ['x'], ['y'])], output: [valueInfo('y', 'FP32', [])] };
  for (let level = 0; level < depth; level++) {
    const branch = (name: string): onnx.IAttributeProto => ({ name, type: onnx.AttributeProto.AttributeType.GRAPH, g: graph });
    graph = { name: `level${level}`, node: [node('If', ['c'], ['y'], [branch('then_branch')])], output: [valueInfo('y', 'FP32', [])] };
  }
  return makeModel({ ...graph, input: [valueInfo('c', 'BOOL', [])] });
}

function pattern(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => (((index * 7_919) % 201) - 100) / 1_000);
}

/** y = x, at a cost that grows with the square of the rows: every row meets every other in a product that counts for nothing. */
export function superlinearModel(width = 128, copies = 160): Buffer {
  const int = onnx.AttributeProto.AttributeType.INT;
  return makeModel({
    node: [
      node('Tile', ['x', 'copies'], ['tall']),
      node('Transpose', ['tall'], ['wide']),
      node('MatMul', ['tall', 'wide'], ['pairs']),
      node('ReduceMax', ['pairs'], ['most'], [{ name: 'keepdims', type: int, i: 0 }]),
      node('Mul', ['most', 'zero'], ['nothing']),
      node('Add', ['x', 'nothing'], ['y']),
    ],
    initializer: [
      floats('zero', [], Float32Array.of(0)),
      { name: 'copies', dims: [2], dataType: ELEMENT_TYPES.INT64, rawData: new Uint8Array(BigInt64Array.of(BigInt(copies), 1n).buffer) },
    ],
    input: [valueInfo('x', 'FP32', ['batch', width])],
    output: [valueInfo('y', 'FP32', ['batch', width])],
  });
}

/** A softmax over the rows: dimension 0 is free and yet no batch. */
export function rowMixingModel(width = 4): Buffer {
  return makeModel({
    node: [node('Softmax', ['x'], ['y'], [{ name: 'axis', type: onnx.AttributeProto.AttributeType.INT, i: 0 }])],
    input: [valueInfo('x', 'FP32', ['rows', width])],
    output: [valueInfo('y', 'FP32', ['rows', width])],
  });
}

/** Looks rows of a table of so many words up; an index beyond it is refused at run time. */
export function embeddingModel(words: number, width = 8, { input = 'ids', output = 'y' } = {}): Buffer {
  return makeModel({
    node: [node('Gather', ['table', input], [output])],
    initializer: [floats('table', [words, width], pattern(words * width))],
    input: [valueInfo(input, 'INT64', ['batch', 'tokens'])],
    output: [valueInfo(output, 'FP32', ['batch', 'tokens', width])],
  });
}

/** Never ends, although its dimension 0 is free. */
export function endlessRowsModel(): Buffer {
  const body: onnx.IGraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['go_on']), node('Identity', ['value'], ['next'])],
    input: [valueInfo('iteration', 'INT64', []), valueInfo('go', 'BOOL', []), valueInfo('value', 'FP32', ['batch', 2])],
    output: [valueInfo('go_on', 'BOOL', []), valueInfo('next', 'FP32', ['batch', 2])],
  };
  return makeModel({
    node: [node('Loop', ['', 'go_first', 'x'], ['y'], [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: body }])],
    initializer: [{ name: 'go_first', dims: [], dataType: ELEMENT_TYPES.BOOL, rawData: Uint8Array.of(1) }],
    input: [valueInfo('x', 'FP32', ['batch', 2])],
    output: [valueInfo('y', 'FP32', ['batch', 2])],
  });
}

/** What `maskedAttentionModel(6)` takes and gives. */
export const MASKED_ATTENTION: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [free('batch'), free('length'), { size: 6, name: null }] },
    { name: 'mask', datatype: 'FP32', shape: [free('batch'), free('length')] },
  ],
  outputs: [
    { name: 'y', datatype: 'FP32', shape: [free('batch'), free('length'), { size: 6, name: null }] },
    { name: 'pooled', datatype: 'FP32', shape: [free('batch'), { size: 6, name: null }] },
  ],
};

/** Self-attention over the positions that the mask lets through, and their mean: what is masked changes nothing. */
export function maskedAttentionModel(width: number): Buffer {
  const { INT, INTS } = onnx.AttributeProto.AttributeType;
  const axes = (name: string, axis: number): onnx.ITensorProto => ({ name, dims: [1], dataType: ELEMENT_TYPES.INT64, rawData: new Uint8Array(BigInt64Array.of(BigInt(axis)).buffer) });
  return makeModel({
    node: [
      node('Transpose', ['x'], ['turned'], [{ name: 'perm', type: INTS, ints: [0, 2, 1] }]), node('MatMul', ['x', 'turned'], ['scores']),
      node('Sub', ['mask', 'one'], ['hidden']), node('Mul', ['hidden', 'large'], ['bias']), node('Unsqueeze', ['bias', 'first'], ['biases']),
      node('Add', ['scores', 'biases'], ['masked']), node('Softmax', ['masked'], ['weights'], [{ name: 'axis', type: INT, i: -1 }]), node('MatMul', ['weights', 'x'], ['y']),
      node('Unsqueeze', ['mask', 'second'], ['masks']), node('Mul', ['y', 'masks'], ['kept']),
      node('ReduceSum', ['kept', 'first'], ['sum'], [{ name: 'keepdims', type: INT, i: 0 }]), node('ReduceSum', ['mask', 'first'], ['count']), node('Div', ['sum', 'count'], ['pooled']),
    ],
    initializer: [floats('one', [], Float32Array.of(1)), floats('large', [], Float32Array.of(1e9)), axes('first', 1), axes('second', 2)],
    input: [valueInfo('x', 'FP32', ['batch', 'length', width]), valueInfo('mask', 'FP32', ['batch', 'length'])],
    output: [valueInfo('y', 'FP32', ['batch', 'length', width]), valueInfo('pooled', 'FP32', ['batch', width])],
  });
}

function free(name: string): Dimension {
  return { size: null, name };
}
