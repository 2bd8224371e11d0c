import type { Signature, TensorSpec } from '../../../platform/tensor/tensor';
import { elementType } from './element-type';
import type { GraphCensus } from './graph.census';
import { unsupported } from './runtime-support';
import type { EdgeFacts } from './value-info.reader';
import { invalid } from './wire.reader';

/**
 * What the model takes and gives. Inputs that have an initializer are defaults of the file, not inputs of a request.
 * @throws MODEL_UNSUPPORTED when an input or output is no tensor, or of a type the runtime does not take
 * @throws MODEL_INVALID when there is no output, a name occurs twice, or a type is missing
 */
export function readSignature(census: GraphCensus): Signature {
  if (census.outputs.length === 0) throw invalid('its graph has no output');
  const inputs = census.inputs.filter(({ name }) => !census.initializerNames.has(name));
  return { inputs: specs('input', inputs), outputs: specs('output', census.outputs) };
}

function specs(side: 'input' | 'output', edges: readonly EdgeFacts[]): TensorSpec[] {
  const names = new Set(edges.map(({ name }) => name));
  if (names.size !== edges.length) throw invalid(`two ${side}s have one name`);
  return edges.map((edge) => spec(side, edge));
}

function spec(side: string, { name, kind, typeNumber, shape }: EdgeFacts): TensorSpec {
  if (kind === 'untyped' || (kind === 'tensor' && typeNumber === 0))
    throw invalid(`the ${side} "${name}" has no type; run onnx.shape_inference on it`);
  if (kind !== 'tensor') throw unsupported(`the ${side} "${name}" is of kind ${kind}, and only tensors are served`);
  const type = elementType(typeNumber);
  if (!type?.datatype)
    throw unsupported(
      `the ${side} "${name}" is of type ${type?.name ?? typeNumber}; cast it to float32 or another type of the platform inside the model`,
    );
  return { name, datatype: type.datatype, shape: shape ?? [], ...(shape === null && { isUnranked: true as const }) };
}
