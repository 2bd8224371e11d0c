import { PlatformError } from '../../../platform/errors';

/** What a path of the Open Inference Protocol v2 asks about. */
export type OipTarget =
  | { kind: 'server' | 'live' | 'ready' }
  | { kind: 'model'; action: 'metadata' | 'ready' | 'infer'; model: string; version: string | null };

const SERVER: Readonly<Record<string, OipTarget>> = { '': { kind: 'server' }, 'health/live': { kind: 'live' }, 'health/ready': { kind: 'ready' } };

/**
 * `/v2…`, where a model is a deployment: `namespace/name`, with its slash as it is or as `%2F`.
 * @throws BAD_USER_INPUT
 */
export function parseOipPath(path: string): OipTarget {
  const { pathname } = new URL(path, 'http://localhost');
  const [, ...segments] = pathname.split('/').slice(1);
  const server = SERVER[segments.join('/')];
  if (server) return server;
  if (segments[0] !== 'models') throw unknownPath();
  const { model, rest } = splitModel(segments.slice(1).map(decoded));
  const version = rest[0] === 'versions' ? rest[1] ?? '' : null;
  const action = rest.slice(version === null ? 0 : 2).join('/') || 'metadata';
  if (version === '' || (action !== 'metadata' && action !== 'ready' && action !== 'infer')) throw unknownPath();
  return { kind: 'model', action, model, version };
}

function splitModel(segments: string[]): { model: string; rest: string[] } {
  const [first = '', second = ''] = segments;
  if (first.includes('/')) return { model: first, rest: segments.slice(1) };
  if (first === '' || second === '') throw unknownPath();
  return { model: `${first}/${second}`, rest: segments.slice(2) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The path holds a "%" that begins no escape.', {}, { cause: error });
  }
}

function unknownPath(): PlatformError {
  return new PlatformError('BAD_USER_INPUT', 'Nothing answers at this path; /v2/models/{namespace}/{name}[/versions/{version}][/ready|/infer] was expected, or /v2 or /v2/health/live|ready.');
}
