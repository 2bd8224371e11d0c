import { PlatformError } from '../../../platform/errors';

/**
 * What ONNX Runtime 1.30 loads, found by loading one model of each: a newer IR version or operator set is refused by it.
 * A domain that is not listed may still be defined by the model's own functions; the probe decides.
 */
const IR_VERSION_MAX = 13;
const OPERATOR_SET_MAX: Readonly<Record<string, number>> = {
  '': 26,
  'ai.onnx.ml': 5,
  'ai.onnx.training': 1,
  'ai.onnx.preview.training': 1,
  'com.microsoft': 1,
  'com.microsoft.nchwc': 1,
};

/** @throws MODEL_UNSUPPORTED */
export function checkVersions(irVersion: number, operatorSets: readonly { domain: string; version: number }[]): void {
  if (irVersion > IR_VERSION_MAX) throw unsupported(`the file format's version is ${irVersion}, and up to ${IR_VERSION_MAX} is read`);
  for (const { domain, version } of operatorSets) {
    const newest = Object.hasOwn(OPERATOR_SET_MAX, domain) ? OPERATOR_SET_MAX[domain]! : Infinity;
    if (version > newest)
      throw unsupported(
        `it was exported for version ${version} of the operator set "${domain || 'ai.onnx'}", and up to ${newest} is served`,
      );
  }
}

export function unsupported(reason: string): PlatformError {
  return new PlatformError('MODEL_UNSUPPORTED', `The model cannot be served: ${reason}.`);
}
