import { PlatformError } from '../errors';
import type { Dimension, Signature, TensorHeader, TensorSpec } from './tensor';

/**
 * Checks one item's tensors against a model's inputs, by what they say of themselves. Symbolic dimensions take any size; a name that
 * occurs twice must have one size within the item.
 * @throws INPUT_MISSING INPUT_UNKNOWN DATATYPE_MISMATCH SHAPE_MISMATCH
 */
export function checkInputs(signature: Signature, tensors: readonly TensorHeader[]): void {
  const given = new Map<string, TensorHeader>();
  for (const tensor of tensors) {
    if (given.has(tensor.name))
      throw new PlatformError('INPUT_UNKNOWN', `Input "${tensor.name}" came twice in one item; it was expected once.`);
    given.set(tensor.name, tensor);
  }
  for (const spec of signature.inputs) {
    if (!given.has(spec.name))
      throw new PlatformError('INPUT_MISSING', `Input "${spec.name}" is missing; the model takes ${described(signature.inputs)}.`, {
        input: spec.name,
      });
  }
  const sizes = new Map<string, { size: number; input: string }>();
  for (const tensor of tensors) {
    const spec = signature.inputs.find(({ name }) => name === tensor.name);
    if (!spec)
      throw new PlatformError('INPUT_UNKNOWN', `The model has no input "${tensor.name}"; it takes ${described(signature.inputs)}.`, {
        input: tensor.name,
      });
    checkDatatype(spec, tensor);
    checkShape({ spec, tensor, sizes });
  }
}

/** @throws OUTPUT_UNKNOWN when a requested name is no output of the model, or comes twice */
export function checkOutputs(signature: Signature, names: readonly string[] | null): void {
  const repeated = names?.find((name, position) => names.indexOf(name) !== position);
  if (repeated !== undefined) throw new PlatformError(
    'OUTPUT_UNKNOWN', `Output "${repeated}" was asked for twice; it was expected once.`, { output: repeated },
  );
  const unknown = names?.find((wanted) => !signature.outputs.some(({ name }) => name === wanted));
  if (unknown !== undefined)
    throw new PlatformError('OUTPUT_UNKNOWN', `The model has no output "${unknown}"; it gives ${described(signature.outputs)}.`, {
      output: unknown,
    });
}

function checkDatatype(spec: TensorSpec, tensor: TensorHeader): void {
  if (tensor.datatype !== spec.datatype) {
    throw new PlatformError('DATATYPE_MISMATCH', `Input "${spec.name}" was expected as ${spec.datatype}; ${tensor.datatype} came.`, {
      input: spec.name,
    });
  }
}

function checkShape({
  spec,
  tensor,
  sizes,
}: {
  spec: TensorSpec;
  tensor: TensorHeader;
  sizes: Map<string, { size: number; input: string }>;
}): void {
  if (spec.isUnranked) return;
  const expected = `Input "${spec.name}" was expected with shape ${shapeText(spec)}; [${tensor.shape.join(', ')}] came`;
  if (tensor.shape.length !== spec.shape.length) {
    throw new PlatformError('SHAPE_MISMATCH', `${expected}, of rank ${tensor.shape.length} and not ${spec.shape.length}.`, {
      input: spec.name,
    });
  }
  spec.shape.forEach((dimension, position) => {
    const size = tensor.shape[position]!;
    if (!Number.isSafeInteger(size) || size < 0)
      throw new PlatformError('SHAPE_MISMATCH', `${expected}; dimension ${position} must be a whole number ≥ 0.`, { input: spec.name });
    if (dimension.size !== null && dimension.size !== size)
      throw new PlatformError('SHAPE_MISMATCH', `${expected}; dimension ${position} must be ${dimension.size}.`, { input: spec.name });
    if (!dimension.name) return;
    const known = sizes.get(dimension.name);
    if (!known) sizes.set(dimension.name, { size, input: spec.name });
    else if (known.size !== size) {
      throw new PlatformError('SHAPE_MISMATCH', `${expected}; "${dimension.name}" must be ${known.size}, as in input "${known.input}".`, {
        input: spec.name,
      });
    }
  });
}

/** `x FP32[batch, 784]`, as a person would write it. */
function described(specs: readonly TensorSpec[]): string {
  return specs.length === 0 ? 'none' : specs.map((spec) => `"${spec.name}" ${spec.datatype}${shapeText(spec)}`).join(', ');
}

function shapeText(spec: TensorSpec): string {
  return spec.isUnranked ? '[…]' : `[${spec.shape.map(dimensionText).join(', ')}]`;
}

function dimensionText({ size, name }: Dimension): string {
  return size === null ? name || '?' : String(size);
}
