import { isObject, type ResponseObject } from './response';

/**
 * Merges an answer into what earlier steps found: objects key by key, lists item by item.
 *
 * `isShared` says that the source goes into more than one place. It is copied then: later steps give each place fields of its own
 * under the same keys (`a: job { x: … } b: job { x: … }` with one job behind both).
 * `asked` are the keys that were asked for: an answer with more may not speak for the subgraphs that own them.
 */
export function mergeInto(target: ResponseObject, source: ResponseObject, isShared: boolean, asked?: ReadonlySet<string>): void {
  for (const key of Object.keys(source)) {
    if (asked && !asked.has(key)) continue;
    // An own "__proto__" can only come from a hostile answer.
    if (key === '__proto__') continue;
    const found = target[key];
    // An @interfaceObject answers with the interface's name; the entity's own type is known better already.
    if (key === '__typename' && found !== undefined) continue;
    target[key] = mergeValue(found, source[key], isShared);
  }
}

function mergeValue(found: unknown, value: unknown, isShared: boolean): unknown {
  if (value == null) return found ?? null;
  if (Array.isArray(found) && Array.isArray(value)) {
    value.forEach((item, index) => { found[index] = mergeValue(found[index], item, isShared); });
    return found;
  }
  if (isObject(found) && isObject(value)) {
    mergeInto(found, value, isShared);
    return found;
  }
  return isShared ? copy(value) : value;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isObject(value)) return value;
  const copied: ResponseObject = {};
  for (const key of Object.keys(value)) if (key !== '__proto__') copied[key] = copy(value[key]);
  return copied;
}
