import { packBytes, unpackBytes } from '../../platform/tensor/bytes-elements';
import { ELEMENT_BYTES, type Datatype } from '../../platform/tensor/datatype';
import { elementCount } from '../../platform/tensor/element-count';
import type { RawTensor } from '../../platform/tensor/tensor';
import { blocks } from './block-copy';
import { padElement } from './pad-value';

export interface WholeTensor {
  datatype: Datatype;
  shape: readonly number[];
  /** Along which the parts follow each other. */
  axis: number;
  /** Of elements that no part fills; of text they are empty. */
  padValue: number;
}

const EMPTY = new Uint8Array();

/** Joins parts along the axis, in their order; the data of the whole. One copy of the bytes; BYTES elements bring their lengths along. */
export function place(parts: readonly RawTensor[], whole: WholeTensor): Uint8Array {
  const isJoined = whole.axis === 0 && parts.every(({ shape }) => shape.every((size, axis) => axis === 0 || size === whole.shape[axis]));
  if (isJoined) return Buffer.concat(parts.map(({ data }) => data));
  return whole.datatype === 'BYTES' ? placeTexts(parts, whole) : placeNumbers(parts, whole.datatype, whole);
}

/** The part of the shape that begins there; a view where its elements lie together, else a copy. */
export function take(whole: RawTensor, { shape, axis, at }: { shape: number[]; axis: number; at: number }): RawTensor {
  const { name, datatype, data } = whole;
  const runs = [...blocks({ part: shape, whole: whole.shape, axis, at })];
  if (datatype === 'BYTES') {
    const elements = unpackBytes(whole);
    return { name, datatype, shape, data: packBytes(runs.flatMap(({ wholeStart, length }) => elements.slice(wholeStart, wholeStart + length))) };
  }
  const width = ELEMENT_BYTES[datatype];
  const slices = runs.map(({ wholeStart, length }) => data.subarray(wholeStart * width, (wholeStart + length) * width));
  return { name, datatype, shape, data: slices.length === 1 ? slices[0]! : Buffer.concat(slices) };
}

function placeNumbers(parts: readonly RawTensor[], datatype: Exclude<Datatype, 'BYTES'>, { shape, axis, padValue }: WholeTensor): Uint8Array {
  const width = ELEMENT_BYTES[datatype];
  const data = Buffer.alloc(elementCount({ name: '', shape: [...shape] }) * width, padElement(datatype, padValue));
  eachBlock(parts, { shape, axis }, (part, { partStart, wholeStart, length }) => {
    data.set(part.data.subarray(partStart * width, (partStart + length) * width), wholeStart * width);
  });
  return data;
}

function placeTexts(parts: readonly RawTensor[], { shape, axis }: WholeTensor): Uint8Array {
  const elements = new Array<Uint8Array>(elementCount({ name: '', shape: [...shape] })).fill(EMPTY);
  const texts = new Map(parts.map((part) => [part, unpackBytes(part)]));
  eachBlock(parts, { shape, axis }, (part, { partStart, wholeStart, length }) => {
    for (let index = 0; index < length; index += 1) elements[wholeStart + index] = texts.get(part)![partStart + index]!;
  });
  return packBytes(elements);
}

type Visit = (part: RawTensor, block: { partStart: number; wholeStart: number; length: number }) => void;

function eachBlock(parts: readonly RawTensor[], { shape, axis }: Pick<WholeTensor, 'shape' | 'axis'>, visit: Visit): void {
  let at = 0;
  for (const part of parts) {
    for (const block of blocks({ part: part.shape, whole: shape, axis, at })) visit(part, block);
    at += part.shape[axis]!;
  }
}
