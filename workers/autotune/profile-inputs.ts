import { batchAxisOf } from '../../platform/tensor/batch-axis';
import { packBytes } from '../../platform/tensor/bytes-elements';
import { ELEMENT_BYTES, type Datatype } from '../../platform/tensor/datatype';
import type { RawTensor, Signature, TensorSpec } from '../../platform/tensor/tensor';
import type { RevisionSpec } from '../../subgraphs/deployment/worker.contract';

/** How requests are made up, where the signature leaves it open. */
export interface InputStyle {
  /** The size of every free dimension but that of the batch. */
  freeSize: number;
  /** Whether whole numbers are 0 and 1, so that rows differ, or 0 alone: an index of 1 may be out of bounds. */
  hasOnes: boolean;
  /** Sizes of free dimensions by name, where they are not as all others. */
  lengths?: ReadonlyMap<string, number>;
}

type Shaped = Pick<RevisionSpec, 'signature' | 'batchDimension'>;

/** Tried in this order until the model takes one: large before small, since batches of large items gain least and would be overrated. */
export function inputStyles({ inputs }: Signature): InputStyle[] {
  const isImage = inputs.some(({ shape }) => shape.length >= 4);
  return [
    { freeSize: isImage ? 256 : 128, hasOnes: true },
    { freeSize: 32, hasOnes: true },
    { freeSize: 1, hasOnes: true },
    { freeSize: isImage ? 256 : 128, hasOnes: false },
    { freeSize: 1, hasOnes: false },
  ];
}

/** One request of one row; rows of different numbers differ in every input that may. */
export function rowOf({ signature: { inputs }, batchDimension }: Shaped, style: InputStyle, row: number): RawTensor[] {
  return inputs.map((spec, index) => tensorOf(spec, { shape: rowShape(spec, style, batchDimension), hasOnes: style.hasOnes }, row * inputs.length + index + 1));
}

/** What a row takes in memory, known before it is made. */
export function rowBytes({ signature: { inputs }, batchDimension }: Shaped, style: InputStyle): number {
  return inputs.reduce((bytes, spec) => {
    const elementBytes = spec.datatype === 'BYTES' ? 5 : ELEMENT_BYTES[spec.datatype];
    return bytes + elementBytes * rowShape(spec, style, batchDimension).reduce((count, size) => count * size, 1);
  }, 0);
}

function rowShape(spec: TensorSpec, { freeSize, lengths }: InputStyle, batchDimension: string | null): number[] {
  const batch = batchAxisOf(spec, batchDimension);
  return spec.shape.map(({ size, name }, axis) => (axis === batch ? 1 : size ?? lengths?.get(name ?? '') ?? freeSize));
}

function tensorOf({ name, datatype }: TensorSpec, { shape, hasOnes }: { shape: number[]; hasOnes: boolean }, seed: number): RawTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, datatype, shape, data: fill(datatype, count, fractions(seed), hasOnes) };
}

function fill(datatype: Datatype, count: number, next: () => number, hasOnes: boolean): Uint8Array {
  const whole = (): number => (hasOnes ? Math.round(next()) : 0);
  if (datatype === 'FP32') return bytesOf(Float32Array.from({ length: count }, next));
  if (datatype === 'FP64') return bytesOf(Float64Array.from({ length: count }, next));
  // 0x3000 to 0x3bff: the halves from 0.125 to just below 1.
  if (datatype === 'FP16') return bytesOf(Uint16Array.from({ length: count }, () => 0x3000 + Math.floor(next() * 0xc00)));
  if (datatype === 'BOOL') return new Uint8Array(count).fill(1);
  if (datatype === 'BYTES') return packBytes(Array.from({ length: count }, () => Buffer.from(String(whole()))));
  return wholeNumbers(ELEMENT_BYTES[datatype], count, whole);
}

/** Little-endian: the first byte of each says 0 or 1. */
function wholeNumbers(width: number, count: number, whole: () => number): Uint8Array {
  const data = new Uint8Array(width * count);
  for (let element = 0; element < count; element += 1) data[element * width] = whole();
  return data;
}

function bytesOf({ buffer }: { buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(buffer);
}

/** Numbers in [0, 1) that are the same on every machine: Park and Miller's minimal standard generator. */
function fractions(seed: number): () => number {
  let state = (seed * 48_271) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
