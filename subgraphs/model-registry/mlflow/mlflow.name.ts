import { DEFAULT_NAMESPACE } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { parseFullName, type FullName } from '../../../platform/name';

/** Models of the default namespace have bare names here, since `models:/` addresses have no room for a slash; others are `namespace/name`. */
export function shownName({ namespace, name }: FullName): string {
  return namespace === DEFAULT_NAMESPACE ? name : `${namespace}/${name}`;
}

/** The same in SQL, of a table `m`. */
export const SHOWN_NAME = `case when m.namespace = '${DEFAULT_NAMESPACE}' then m.name else m.namespace || '/' || m.name end`;

/** @throws BAD_USER_INPUT */
export function readName(text: string): FullName {
  const name = parseFullName(text);
  if (name) return name;
  throw new PlatformError('BAD_USER_INPUT', `"${text.slice(0, 140)}" is no name: "name" or "namespace/name" was expected, each 1 to 64 of a–z, 0–9, "-", "_" and ".".`);
}
