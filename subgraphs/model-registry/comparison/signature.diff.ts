import type { Dimension, Signature, TensorSpec } from '../../../platform/tensor/tensor';

/**
 * What a change of a signature means for someone who calls the one version and will call the other (docs/comparing-versions.md):
 * BREAKING: calls that were right are refused, or their answers have another meaning. DANGEROUS: calls stay right, but who relied on more than the
 * signature promised may be hurt. SAFE: nobody notices who does not look.
 */
export type Severity = 'BREAKING' | 'DANGEROUS' | 'SAFE';

export interface SignatureChange {
  severity: Severity;
  /** Such as `input x` or `output probs, dimension 1`. */
  place: string;
  message: string;
}

type Side = 'input' | 'output';

/** Every change, in the order of the tensors. */
export function diffSignatures(before: Signature, after: Signature): SignatureChange[] {
  return [...diffSide('input', before.inputs, after.inputs), ...diffSide('output', before.outputs, after.outputs)];
}

function diffSide(side: Side, before: readonly TensorSpec[], after: readonly TensorSpec[]): SignatureChange[] {
  const afterByName = new Map(after.map((spec) => [spec.name, spec]));
  const names = new Set(before.map(({ name }) => name));
  const kept = before.flatMap((spec) => {
    const now = afterByName.get(spec.name);
    return now ? diffTensor(side, spec, now) : [change('BREAKING', `${side} ${spec.name}`, side === 'input' ? 'is no longer taken; calls that send it are refused' : 'is no longer given')];
  });
  const added = after.filter(({ name }) => !names.has(name)).map(({ name }) => (
    side === 'input' ? change('BREAKING', `input ${name}`, 'is new and must be sent') : change('SAFE', `output ${name}`, 'is new')
  ));
  return [...kept, ...added, ...diffOrder(side, before, after), ...diffTies(side, before, after)];
}

function diffTensor(side: Side, before: TensorSpec, after: TensorSpec): SignatureChange[] {
  const place = `${side} ${before.name}`;
  const changes: SignatureChange[] = [];
  if (before.datatype !== after.datatype) changes.push(change('BREAKING', place, `is ${after.datatype} and was ${before.datatype}`));
  const [hadRank, hasRank] = [!before.isUnranked, !after.isUnranked];
  if (hadRank !== hasRank) return [...changes, hasRank ? narrowed(side, place, `has ${after.shape.length} dimensions and had any number`) : widened(side, place, `has any number of dimensions and had ${before.shape.length}`)];
  if (before.shape.length !== after.shape.length) return [...changes, change('BREAKING', place, `has ${after.shape.length} dimensions and had ${before.shape.length}`)];
  return [...changes, ...before.shape.flatMap((dimension, at) => diffDimension(side, `${place}, dimension ${at}`, dimension, after.shape[at]!))];
}

function diffDimension(side: Side, place: string, before: Dimension, after: Dimension): SignatureChange[] {
  if (before.size !== null && after.size !== null) return before.size === after.size ? [] : [change('BREAKING', place, `is ${after.size} and was ${before.size}`)];
  if (before.size !== null) return [widened(side, place, `is any size and was ${before.size}`)];
  if (after.size !== null) return [narrowed(side, place, `is ${after.size} and was any size`)];
  return before.name === after.name ? [] : [change('SAFE', place, `is called "${after.name ?? ''}" and was called "${before.name ?? ''}"`)];
}

/** More is allowed: good of what is taken; of what is given it takes a promise back. */
function widened(side: Side, place: string, message: string): SignatureChange {
  return change(side === 'input' ? 'SAFE' : 'DANGEROUS', place, message);
}

/** Less is allowed. */
function narrowed(side: Side, place: string, message: string): SignatureChange {
  return change(side === 'input' ? 'BREAKING' : 'SAFE', place, message);
}

/** Tensors go by name; answers are read by position all the same. */
function diffOrder(side: Side, before: readonly TensorSpec[], after: readonly TensorSpec[]): SignatureChange[] {
  const [then, now] = [namesAmong(before, after), namesAmong(after, before)];
  if (then.join('\0') === now.join('\0')) return [];
  return [change(side === 'output' ? 'DANGEROUS' : 'SAFE', `${side}s`, `come in the order ${now.join(', ')} and came in the order ${then.join(', ')}`)];
}

function namesAmong(specs: readonly TensorSpec[], others: readonly TensorSpec[]): string[] {
  const known = new Set(others.map(({ name }) => name));
  return specs.map(({ name }) => name).filter((name) => known.has(name));
}

/** Free dimensions of one name are equal in every call: those that become one must be sent equal from now on. */
function diffTies(side: Side, before: readonly TensorSpec[], after: readonly TensorSpec[]): SignatureChange[] {
  if (side === 'output') return [];
  const namesBefore = freeDimensions(before);
  const groups = new Map<string, string[]>();
  for (const [place, name] of freeDimensions(after)) if (namesBefore.has(place)) groups.set(name, [...groups.get(name) ?? [], place]);
  return [...groups].filter(([, places]) => new Set(places.map((place) => namesBefore.get(place))).size > 1)
    .map(([name, places]) => change('DANGEROUS', places.join('; '), `are all called "${name}" now: their sizes must be equal, and were independent`));
}

/** Nameless ones are tied to nothing. */
function freeDimensions(specs: readonly TensorSpec[]): Map<string, string> {
  return new Map(specs.flatMap(({ name, shape }) => shape.flatMap((dimension, at) => (
    dimension.size === null && dimension.name ? [[`input ${name}, dimension ${at}`, dimension.name] as const] : []
  ))));
}

function change(severity: Severity, place: string, message: string): SignatureChange {
  return { severity, place, message };
}
