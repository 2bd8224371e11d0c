import { DEFAULT_NAMESPACE } from './caller';
import { PlatformError } from './errors';

const NAME = /^[a-z0-9]([a-z0-9-_.]{0,62}[a-z0-9])?$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

/**
 * Checks the name of a namespace, model, deployment or alias.
 * @throws BAD_USER_INPUT
 */
export function requireName(name: string): string {
  if (isName(name)) return name;
  throw new PlatformError(
    'BAD_USER_INPUT',
    `"${name.slice(0, 80)}" is no name: 1 to 64 of a–z, 0–9, "-", "_" and "." were expected, with a letter or digit first and last.`,
  );
}

export interface FullName {
  namespace: string;
  name: string;
}

/** Reads `namespace/name`; a bare name means the default namespace. Null when it has another form: no such thing can exist. */
export function parseFullName(fullName: string): FullName | null {
  const parts = fullName.split('/');
  const [namespace, name] = parts.length === 1 ? [DEFAULT_NAMESPACE, parts[0]!] : parts;
  if (parts.length > 2 || !NAME.test(namespace!) || !NAME.test(name!)) return null;
  return { namespace: namespace!, name: name! };
}
