import { PlatformError } from '../errors';
import { countMismatch } from './element-count';
import type { TensorHeader } from './tensor';

/**
 * The values of a tensor's JSON in row-major order: a flat array passes through, a nested one must have exactly the lengths of the
 * shape, and a scalar may stand alone.
 * @throws TENSOR_INVALID when arrays and values are mixed, or the nesting is not the rank
 * @throws ELEMENT_COUNT_MISMATCH when an inner array has another length than the shape says
 */
export function flatten(header: TensorHeader, json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) {
    if (header.shape.length > 0)
      throw new PlatformError(
        'TENSOR_INVALID',
        `Tensor "${header.name}": json was expected to be an array, flat or nested like the shape.`,
      );
    return [json];
  }
  if (!json.some((part) => Array.isArray(part))) return json;
  const values: unknown[] = [];
  collect({ header, values }, json, 0);
  return values;
}

function collect(into: { header: TensorHeader; values: unknown[] }, part: unknown, depth: number): void {
  const { name, shape } = into.header;
  if (depth === shape.length) {
    // An array here is nesting deeper than the rank; the element codecs would call it a bad value, this says why.
    if (Array.isArray(part))
      throw new PlatformError(
        'TENSOR_INVALID',
        `Tensor "${name}": json is nested deeper than the ${shape.length} dimensions of its shape.`,
      );
    into.values.push(part);
    return;
  }
  if (!Array.isArray(part))
    throw new PlatformError('TENSOR_INVALID', `Tensor "${name}": an array was expected at depth ${depth} of the nested json.`);
  if (part.length !== shape[depth])
    throw countMismatch(into.header, `an array of ${shape[depth]} was expected at depth ${depth}, one of ${part.length} came`);
  for (const inner of part) collect(into, inner, depth + 1);
}
