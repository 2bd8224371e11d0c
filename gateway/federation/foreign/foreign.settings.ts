import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf, PlatformError } from '../../../platform/errors';
import { IDENTITY_HEADER } from '../../../platform/subgraph/identity-token';

/** What a connection or our own protocol with a subgraph is made of (RFC 9110 §7.6.1): no client and no file may set it. */
const RESERVED = new Set([
  'connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy-authorization',
  'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'accept', 'accept-encoding', IDENTITY_HEADER,
]);
const MIB = 1024 * 1024;

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, 'expected the name of a header').toLowerCase()
  .refine((name) => !RESERVED.has(name) && !name.startsWith('sec-'), 'this header belongs to the connection');
const url = (protocols: readonly string[]) => z.string()
  .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), `expected a URL with ${protocols.join(' or ')}`)
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), 'put credentials into headers');
const count = (min: number, max: number) => z.int().min(min).max(max);

const subscriptions = z.discriminatedUnion('protocol', [
  z.strictObject({ protocol: z.literal('graphql-ws'), url: url(['ws:', 'wss:']).optional() }),
  z.strictObject({ protocol: z.literal('sse'), url: url(['http:', 'https:']).optional() }),
]);

const subgraph = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/i, 'expected letters, digits, - and _'),
  url: url(['http:', 'https:']).optional(),
  /** Beside the settings file; without it the subgraph is asked for its SDL. */
  sdlFile: z.string().min(1).optional(),
  subscriptions: subscriptions.default({ protocol: 'graphql-ws' }),
  forwardHeaders: z.array(headerName).max(64).default([]),
  headers: z.record(headerName, z.string().regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII')).default({}),
  /** Whether it gets our signed identity of the caller. */
  sendsIdentity: z.boolean().default(false),
  timeoutMs: count(1, 600_000).default(10_000),
  retries: count(0, 5).default(1),
  concurrency: count(1, 1_024).default(64),
  breaker: z.strictObject({ failures: count(1, 1_000).default(16), restMs: count(1, 600_000).default(2_000) }).prefault({}),
  answerMaxBytes: count(1_024, 1024 * MIB).default(8 * MIB),
  eventMaxBytes: count(1_024, 1024 * MIB).default(MIB),
});

const file = z.strictObject({ subgraphs: z.array(subgraph).max(256) });

/** How a subgraph of other people is reached, and how much it is trusted. */
export type ForeignSettings = z.infer<typeof subgraph>;

/** What a subgraph gets of which nothing is said. */
export function foreignDefaults(name: string): ForeignSettings {
  return subgraph.parse({ name });
}

/** @throws CONFIGURATION_INVALID naming every fault */
export async function readForeignSettings(settingsFile: string): Promise<ForeignSettings[]> {
  const result = file.safeParse(await readJson(settingsFile));
  const faults = result.error?.issues.map(({ path: place, message }) => `${place.join('.') || 'the file'}: ${message}`) ?? namesTwice(result.data!.subgraphs);
  if (faults.length > 0) throw invalid(settingsFile, faults);
  const folder = path.dirname(settingsFile);
  return result.data!.subgraphs.map((each) => ({ ...each, ...(each.sdlFile && { sdlFile: path.resolve(folder, each.sdlFile) }) }));
}

function namesTwice(subgraphs: readonly ForeignSettings[]): string[] {
  const names = subgraphs.map(({ name }) => name);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `subgraphs: two are called ${name}`);
}

async function readJson(settingsFile: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(settingsFile, 'utf8')) as unknown;
  } catch (error) {
    throw invalid(settingsFile, [messageOf(error)], error);
  }
}

function invalid(settingsFile: string, faults: readonly string[], cause?: unknown): PlatformError {
  return new PlatformError('CONFIGURATION_INVALID', `Wrong settings in ${settingsFile}:\n  ${faults.join('\n  ')}`, { faults }, { cause });
}
