/** Where a part of a tensor lies in a larger one of the same rank: at this position of one axis, at the beginning of all others. */
export interface Placement {
  part: readonly number[];
  whole: readonly number[];
  axis: number;
  at: number;
}

/** A run of elements that lie together in both. */
export interface Block {
  partStart: number;
  wholeStart: number;
  length: number;
}

/** The runs of a part, in its order: one where the part is contiguous in the whole, more where other axes cut it. Row-major, counted in elements. */
export function* blocks({ part, whole, axis, at }: Placement): Generator<Block> {
  const strides = stridesOf(whole);
  const inner = lastDifference(part, whole);
  const length = part.slice(inner).reduce((product, size) => product * size, 1);
  const outer = part.slice(0, inner);
  const count = outer.reduce((product, size) => product * size, 1);
  const base = strides.length > 0 ? at * strides[axis]! : 0;
  for (let block = 0; block < count; block += 1) {
    let [rest, wholeStart] = [block, base];
    for (let dimension = inner - 1; dimension >= 0; dimension -= 1) {
      wholeStart += (rest % outer[dimension]!) * strides[dimension]!;
      rest = Math.floor(rest / outer[dimension]!);
    }
    yield { partStart: block * length, wholeStart, length };
  }
}

/** Whatever lies behind it is whole in both: from there on elements lie together. */
function lastDifference(part: readonly number[], whole: readonly number[]): number {
  for (let dimension = part.length - 1; dimension >= 0; dimension -= 1) if (part[dimension] !== whole[dimension]) return dimension;
  return 0;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let dimension = shape.length - 2; dimension >= 0; dimension -= 1) strides[dimension] = strides[dimension + 1]! * shape[dimension + 1]!;
  return strides;
}
