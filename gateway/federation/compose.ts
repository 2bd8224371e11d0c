import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { messageOf, PlatformError } from '../../platform/errors';

export interface SubgraphSdl {
  name: string;
  sdl: string;
  /** Only written into the supergraph; the executor calls its clients by name. */
  url: string;
}

export interface ComposedSdl {
  /** With the `@join__…` directives that the planner reads. */
  sdl: string;
  /** What clients see. */
  apiSdl: string;
}

/**
 * Composes federation 2 subgraphs into one supergraph.
 * @throws CONFIGURATION_INVALID with every reason together when they do not fit
 */
export function composeSupergraph(subgraphs: readonly SubgraphSdl[]): ComposedSdl {
  const services = subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: parseSdl(name, sdl) }));
  const result = composeServices(services);
  if (result.errors) throw notComposable(result.errors.map(({ message }) => message));
  return { sdl: result.supergraphSdl, apiSdl: result.publicSdl };
}

function parseSdl(name: string, sdl: string) {
  try {
    return parse(sdl, { noLocation: true });
  } catch (error) {
    throw notComposable([`[${name}] ${messageOf(error)}`], error);
  }
}

function notComposable(reasons: string[], cause?: unknown): PlatformError {
  return new PlatformError('CONFIGURATION_INVALID', `The subgraphs do not compose:\n  ${reasons.join('\n  ')}`, { reasons }, { cause });
}
