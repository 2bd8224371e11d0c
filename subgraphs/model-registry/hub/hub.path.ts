/** What a path below `/hf/` asks for. */
export type HubPath =
  | { kind: 'whoami' }
  | { kind: 'models' }
  | { kind: 'info'; model: string; revision: string | null }
  | { kind: 'refs'; model: string }
  | { kind: 'tree'; model: string; revision: string; folder: string }
  | { kind: 'file'; model: string; revision: string; path: string };

/** Reads a path without its prefix and query; null when nothing lies there. Slashes within a revision come encoded, as the Hub's clients send them. */
export function readHubPath(path: string): HubPath | null {
  const parts = decoded(path);
  if (!parts) return null;
  if (parts[0] === 'api') return readApi(parts.slice(1));
  const [namespace, name, verb, revision, ...rest] = parts;
  if (verb !== 'resolve' || revision === undefined || rest.length === 0) return null;
  return { kind: 'file', model: `${namespace}/${name}`, revision, path: rest.join('/') };
}

function readApi([kind, namespace, name, verb, revision, ...rest]: string[]): HubPath | null {
  if (kind === 'whoami-v2' && namespace === undefined) return { kind: 'whoami' };
  if (kind !== 'models') return null;
  if (namespace === undefined) return { kind: 'models' };
  const model = `${namespace}/${name}`;
  if (name === undefined) return null;
  if (verb === undefined) return { kind: 'info', model, revision: null };
  if (verb === 'refs' && revision === undefined) return { kind: 'refs', model };
  if (revision === undefined) return null;
  if (verb === 'revision' && rest.length === 0) return { kind: 'info', model, revision: revision === 'HEAD' ? null : revision };
  return verb === 'tree' ? { kind: 'tree', model, revision, folder: rest.join('/') } : null;
}

/** Null where an encoding is broken. */
function decoded(path: string): string[] | null {
  try {
    const parts = path.replace(/\/$/, '').split('/').map(decodeURIComponent);
    return parts.every(isInside) ? parts : null;
  } catch {
    return null;
  }
}

/** No part of a repository's paths is empty, `.` or `..`, encoded slashes or not: whatever holds one is found nowhere. */
function isInside(part: string): boolean {
  return part.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));
}
