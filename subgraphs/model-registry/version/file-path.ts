import { PlatformError } from '../../../platform/errors';

export const VERSION_FILES_MAX = 1_000;
const PATH_MAX_BYTES = 512;
const SEGMENT_MAX_BYTES = 255;
const DEPTH_MAX = 10;

/** Letters, digits and marks of any script; what Git's attributes, shells and URLs read as something else is left out, and so are hidden files. */
const SEGMENT = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_ .+@=,()-]*[\p{L}\p{N}\p{M}_+@=,()-])?$/u;
/** Names of devices on Windows, whatever their extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A path that means the same file on every system: relative, inside its folder, without characters that look like others.
 * @throws BAD_USER_INPUT
 */
export function requireFilePath(path: string): string {
  const segments = path.split('/');
  // Its compatibility form: full-width dots and slashes, ligatures and unjoined accents are other spellings of what they look like.
  const isPlain = path.normalize('NFKC') === path && Buffer.byteLength(path) <= PATH_MAX_BYTES && segments.length <= DEPTH_MAX;
  const fits = (segment: string) => SEGMENT.test(segment) && !DEVICE.test(segment) && Buffer.byteLength(segment) <= SEGMENT_MAX_BYTES;
  if (isPlain && segments.every(fits)) return path;
  throw new PlatformError(
    'BAD_USER_INPUT', `"${shownPath(path)}" is no path of a file in a version: expected names of letters, digits and . _ - + @ = , ( ), with / between them, such as onnx/weights.bin.`,
  );
}

/**
 * That paths can lie beside each other on every system: none twice but for its case, none a folder of another.
 * @throws BAD_USER_INPUT
 */
export function requireApart(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const known = seen.get(folded(path));
    if (known !== undefined) throw new PlatformError('BAD_USER_INPUT', `"${shownPath(path)}" and "${shownPath(known)}" are one file on many systems; rename one.`);
    seen.set(folded(path), path);
  }
  for (const path of paths) {
    const parents = path.split('/').slice(0, -1).map((_name, at, names) => names.slice(0, at + 1).join('/'));
    const file = parents.map((parent) => seen.get(folded(parent))).find((found) => found !== undefined);
    if (file !== undefined) throw new PlatformError('BAD_USER_INPUT', `"${shownPath(file)}" is a file and the folder of "${shownPath(path)}" at once.`);
  }
}

/** What is about a model and no part of it: a commit that changes nothing else makes no version. */
export function isDocument(path: string): boolean {
  return /(^|\/)(\.[^/]*|[^/]*\.md|LICEN[CS]E[^/]*|NOTICE[^/]*)(\/|$)/i.test(path);
}

export function shownPath(path: string): string {
  return path.slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** Upper and then lower case: `ß`, `ſ` and `K` meet what file systems take them for. */
function folded(path: string): string {
  return path.toUpperCase().toLowerCase();
}
