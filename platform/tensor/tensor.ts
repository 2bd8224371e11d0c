import type { Datatype } from './datatype';

/** What a tensor says of itself, without its data. */
export interface TensorHeader {
  name: string;
  datatype: Datatype;
  shape: number[];
}

/**
 * A named tensor as raw bytes: little-endian, row-major, contiguous. BOOL is one byte each, FP16 IEEE half bits; BYTES elements are
 * each a uint32 little-endian length followed by the bytes (the protocol's binary tensor extension).
 */
export interface RawTensor extends TensorHeader {
  data: Uint8Array;
}

/** A tensor whose bytes lie in the tensor store. */
export interface BlobTensor extends TensorHeader {
  blob: string;
}

/** A dimension of a signature: a fixed size, or a symbolic name (`''` when the model gives none) that any size fits. */
export interface Dimension {
  size: number | null;
  name: string | null;
}

export interface TensorSpec {
  name: string;
  datatype: Datatype;
  shape: Dimension[];
  /** The model states no rank: any shape fits, and `shape` is empty. */
  isUnranked?: true;
}

/** What a model version takes and gives, read from its graph. */
export interface Signature {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
}
