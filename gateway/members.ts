import { BYTE_PREFIXES } from '../platform/bytes/byte-prefixes';
import { SUBGRAPH_NAMES, type Environment, type SubgraphName } from '../platform/env';
import { PlatformError } from '../platform/errors';
import type { Log } from '../platform/log';
import type { ShutdownStack } from '../platform/process/shutdown';
import type { IdentitySigner } from '../platform/subgraph/identity-token';
import type { Subgraph } from '../platform/subgraph/subgraph';
import { untilAvailable } from '../platform/process/until-available';
import { newId } from '../platform/uuid';
import type { SupergraphMember } from './federation/build-supergraph';
import { remoteByteRoute } from './federation/byte-proxy';
import { fetchSdl } from './federation/fetch-sdl';
import { signedClient } from './federation/signed-client';
import { InProcessClient } from './federation/in-process-client';
import { SubgraphEndpoint } from './federation/subgraph-endpoint';
import { ANONYMOUS } from './identity/identification';
import { RemoteIdentity } from './identity/remote.identity';
import type { MountedByteRoute } from './rest/byte.routes';

/** A subgraph as the gateway sees it, wherever it runs. */
export interface GatewayMember extends SupergraphMember {
  byteRoutes: MountedByteRoute[];
  /** Of an identity subgraph in another process. */
  identity: RemoteIdentity | null;
}

export interface MemberSources {
  /** Those in this process; the others are found by their URLs. */
  subgraphs: readonly Subgraph[];
  urls: Environment['subgraphs'];
  signer: () => Promise<IdentitySigner>;
  log: Log;
  stack: ShutdownStack;
}

/**
 * Finds all four subgraphs; one in another process may be late.
 * @throws CONFIGURATION_INVALID naming each that is neither here nor has a URL
 * @throws SUBGRAPH_UNAVAILABLE when one does not answer in time
 */
export async function findMembers({ subgraphs, urls, signer, log, stack }: MemberSources): Promise<GatewayMember[]> {
  const here = new Map(subgraphs.map((subgraph) => [subgraph.name, subgraph]));
  const missing = SUBGRAPH_NAMES.filter((name) => !here.has(name) && urls[name] === null);
  if (missing.length > 0) {
    const variables = missing.map((name) => `SUBGRAPH_${name.toUpperCase().replace('-', '_')}_URL`);
    throw new PlatformError(
      'CONFIGURATION_INVALID',
      `The gateway does not know where these run: ${missing.join(', ')}. Set ${variables.join(', ')}.`,
      { missing },
    );
  }
  return Promise.all(SUBGRAPH_NAMES.map(async (name) => {
    const subgraph = here.get(name);
    if (subgraph) return inProcess(subgraph);
    const endpoint = new SubgraphEndpoint({ name, url: urls[name]!, signer: await signer() });
    const client = signedClient(endpoint);
    stack.push(`client of ${name}`, () => client.close());
    return remote(client, endpoint, name, log);
  }));
}

function inProcess(subgraph: Subgraph): GatewayMember {
  const { sdl, bytePrefixes, bytes } = subgraph;
  return {
    client: new InProcessClient(subgraph),
    sdl,
    byteRoutes: bytes ? bytePrefixes.map((prefix) => ({ prefix, route: bytes })) : [],
    identity: null,
  };
}

async function remote(client: SupergraphMember['client'], endpoint: SubgraphEndpoint, name: SubgraphName, log: Log): Promise<GatewayMember> {
  const sdl = await untilAvailable(`the subgraph ${name}`, log, () => fetchSdl(client, { requestId: newId(), caller: ANONYMOUS }));
  const route = remoteByteRoute(endpoint);
  return {
    client, sdl, url: endpoint.url.href,
    byteRoutes: BYTE_PREFIXES[name].map((prefix) => ({ prefix, route })),
    identity: name === 'identity' ? new RemoteIdentity(endpoint) : null,
  };
}
