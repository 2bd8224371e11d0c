import { onnx } from 'onnx-proto';

const FLOAT = 1;
const OPSET = 17;

const tensorOf = (name: string, dims: (string | number)[]) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) } } },
});

function encode(graph: onnx.IGraphProto): Uint8Array {
  const model = onnx.ModelProto.create({ irVersion: 8, producerName: 'modelgraph-bench', opsetImport: [{ domain: '', version: OPSET }], graph });
  return onnx.ModelProto.encode(model).finish();
}

/** y = x, of shape [batch, 4]. */
export function identityModel(): Uint8Array {
  return encode({ name: 'identity', node: [{ opType: 'Identity', input: ['x'], output: ['y'] }], input: [tensorOf('x', ['batch', 4])], output: [tensorOf('y', ['batch', 4])] });
}

export function identityItem(): object {
  return { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], json: [1, 2, 3, 4] }] };
}

const SLOW_SIDE = 512;
const SLOW_STEPS = 3;

/** A chain of matrix products on [512, 512]: some 20 ms on one core, so that work is running whenever a fault strikes. */
export function slowModel(): Uint8Array {
  const node = Array.from({ length: SLOW_STEPS }, (_, step) => ({ opType: 'MatMul', input: [step === 0 ? 'm' : `s${step - 1}`, 'm'], output: [`s${step}`] }));
  const seed = { name: 'seed', dims: [SLOW_SIDE, SLOW_SIDE], dataType: FLOAT, rawData: new Uint8Array(Float32Array.from({ length: SLOW_SIDE * SLOW_SIDE }, (_, i) => ((i % 7) - 3) / 1_000).buffer) };
  return encode({
    name: 'slow', initializer: [seed],
    node: [{ opType: 'Add', input: ['seed', 'x'], output: ['m'] }, ...node, { opType: 'ReduceSum', input: [`s${SLOW_STEPS - 1}`], output: ['y'], attribute: [{ name: 'keepdims', type: 2, i: 0 }] }],
    input: [tensorOf('x', [1])], output: [tensorOf('y', [])],
  });
}

export function slowItem(): object {
  return { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], json: [0.5] }] };
}
