import type { InferenceSession } from 'onnxruntime-node';
import type { Signature, TensorSpec } from '../../../platform/tensor/tensor';
import { datatypeOf } from '../ort-tensor';

/** What a session says it takes and gives, as the registry read it from the file; edges that the platform does not serve are left out. */
export function signatureOf({ inputMetadata, outputMetadata }: InferenceSession): Signature {
  return { inputs: inputMetadata.flatMap(specOf), outputs: outputMetadata.flatMap(specOf) };
}

function specOf(metadata: InferenceSession.ValueMetadata): TensorSpec[] {
  const datatype = metadata.isTensor ? datatypeOf(metadata.type) : null;
  if (!metadata.isTensor || datatype === null) return [];
  const shape = metadata.shape.map((size) => (typeof size === 'number' ? { size, name: null } : { size: null, name: size }));
  return [{ name: metadata.name, datatype, shape }];
}
