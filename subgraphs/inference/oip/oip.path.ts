import { PlatformError } from '../../../platform/errors';

const MODEL_ACTIONS = ['metadata', 'ready', 'infer', 'stats', 'generate', 'generate_stream'] as const;
const POSTED: ReadonlySet<string> = new Set(['infer', 'generate', 'generate_stream']);
const REPOSITORY_ACTIONS = ['load', 'unload'] as const;

/** What a path of the Open Inference Protocol v2 asks about. */
export type OipTarget =
  | { kind: 'server' | 'live' | 'ready' | 'statistics' | 'index' }
  | { kind: 'model'; action: (typeof MODEL_ACTIONS)[number]; model: string; version: string | null }
  | { kind: 'repository'; action: (typeof REPOSITORY_ACTIONS)[number]; model: string };

const SERVER: Readonly<Record<string, OipTarget>> = {
  '': { kind: 'server' }, 'health/live': { kind: 'live' }, 'health/ready': { kind: 'ready' },
  'models/stats': { kind: 'statistics' }, 'repository/index': { kind: 'index' },
};

/**
 * `/v2…`, where a model is a deployment: `namespace/name`, with its slash as it is or as `%2F`.
 * @throws BAD_USER_INPUT
 */
export function parseOipPath(path: string): OipTarget {
  const { pathname } = new URL(path, 'http://localhost');
  const [, ...segments] = pathname.split('/').slice(1);
  const server = Object.hasOwn(SERVER, segments.join('/')) ? SERVER[segments.join('/')] : undefined;
  if (server) return server;
  if (segments[0] === 'repository' && segments[1] === 'models') return repositoryTarget(segments.slice(2));
  if (segments[0] === 'models') return modelTarget(segments.slice(1));
  throw unknownPath();
}

/** The method that the target is asked with. */
export function methodOf(target: OipTarget): 'GET' | 'POST' {
  const isPost = target.kind === 'index' || target.kind === 'repository' || (target.kind === 'model' && POSTED.has(target.action));
  return isPost ? 'POST' : 'GET';
}

function modelTarget(segments: string[]): OipTarget {
  const { model, rest } = splitModel(segments);
  const version = rest[0] === 'versions' ? rest[1] ?? '' : null;
  const action = oneOf(MODEL_ACTIONS, rest.slice(version === null ? 0 : 2).join('/') || 'metadata');
  if (version === '') throw unknownPath();
  return { kind: 'model', action, model, version };
}

function repositoryTarget(segments: string[]): OipTarget {
  const { model, rest } = splitModel(segments);
  return { kind: 'repository', action: oneOf(REPOSITORY_ACTIONS, rest.join('/')), model };
}

function splitModel(segments: string[]): { model: string; rest: string[] } {
  const [first = '', ...others] = segments.map(decoded);
  if (first.includes('/')) return { model: first, rest: others };
  const [second = '', ...rest] = others;
  if (first === '' || second === '') throw unknownPath();
  return { model: `${first}/${second}`, rest };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The path holds a "%" that begins no escape.', {}, { cause: error });
  }
}

function oneOf<T extends string>(known: readonly T[], word: string): T {
  const found = known.find((each) => each === word);
  if (found === undefined) throw unknownPath();
  return found;
}

function unknownPath(): PlatformError {
  return new PlatformError(
    'BAD_USER_INPUT',
    'Nothing answers at this path; /v2/models/{namespace}/{name}[/versions/{version or alias}][/ready|/infer|/stats|/generate|/generate_stream] was expected, /v2/repository/models/{namespace}/{name}/load|unload, '
    + 'or /v2, /v2/health/live|ready, /v2/models/stats, /v2/repository/index.',
  );
}
