import { readFile } from 'node:fs/promises';
import { messageOf, PlatformError } from '../platform/errors';
import type { Log } from '../platform/log';
import { untilAvailable } from '../platform/process/until-available';
import type { ShutdownStack } from '../platform/process/shutdown';
import type { IdentitySigner } from '../platform/subgraph/identity-token';
import type { SupergraphMember } from './federation/build-supergraph';
import { fetchSdl } from './federation/fetch-sdl';
import { anonymousScope } from './federation/foreign/anonymous-scope';
import { foreignClient } from './federation/foreign/foreign.client';
import { foreignDefaults, type ForeignSettings } from './federation/foreign/foreign.settings';
import type { SupergraphFile } from './federation/foreign/supergraph.file';
import type { SubgraphClient } from './federation/subgraph-client';

export interface ForeignSources {
  foreign: readonly ForeignSettings[];
  signer: () => Promise<IdentitySigner>;
  log: Log;
  stack: ShutdownStack;
}

/**
 * The subgraphs of other people beside ours; one that tells its SDL itself may be late.
 * @throws CONFIGURATION_INVALID, SUBGRAPH_UNAVAILABLE
 */
export function findForeignMembers(sources: ForeignSources): Promise<SupergraphMember[]> {
  return Promise.all(sources.foreign.map(async (settings) => {
    const client = await openClient(settings, settings.url, sources);
    const sdl = settings.sdlFile ? await readSdl(settings.sdlFile)
      : await untilAvailable(`the subgraph ${settings.name}`, sources.log, () => fetchSdl(client, anonymousScope()));
    return { client, sdl, url: settings.url };
  }));
}

/**
 * Those that a composed supergraph names, at its URLs unless the settings say another.
 * @throws CONFIGURATION_INVALID
 */
export function clientsOfSupergraph({ subgraphs }: SupergraphFile, sources: ForeignSources): Promise<SubgraphClient[]> {
  const byName = new Map(sources.foreign.map((settings) => [settings.name, settings]));
  const strangers = [...byName.keys()].filter((name) => !subgraphs.some((subgraph) => subgraph.name === name));
  if (strangers.length > 0) throw new PlatformError('CONFIGURATION_INVALID', `The supergraph has no subgraphs called ${strangers.join(', ')}.`);
  return Promise.all(subgraphs.map(({ name, url }) => {
    const settings = byName.get(name) ?? foreignDefaults(name);
    return openClient(settings, settings.url ?? url, sources);
  }));
}

async function openClient(settings: ForeignSettings, url: string | undefined, { signer, stack }: ForeignSources): Promise<SubgraphClient> {
  const { name } = settings;
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new PlatformError('CONFIGURATION_INVALID', `The subgraph "${name}" has no URL with http: or https:; give it one in SUBGRAPHS_FILE.`);
  }
  const client = foreignClient(new URL(url), settings, settings.sendsIdentity ? await signer() : null);
  stack.push(`client of ${name}`, () => client.close());
  return client;
}

async function readSdl(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PlatformError('CONFIGURATION_INVALID', `The SDL file cannot be read: ${messageOf(error)}`, {}, { cause: error });
  }
}
