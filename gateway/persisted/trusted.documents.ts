import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, PlatformError } from '../../platform/errors';

/** What is done with a document that is not in the manifest. */
export type TrustMode = 'off' | 'warn' | 'enforce';

const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'), version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});
/** Of the GraphQL Code Generator's client preset, Relay and others: the document by its id. */
const plainManifest = z.record(z.string().min(1), z.string().min(1));

/** The documents that our own clients send, by id, as their build wrote them down. */
export class TrustedDocuments {
  readonly #byId: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  constructor(entries: Iterable<readonly [id: string, text: string]>) {
    const all = [...entries];
    // By SHA-256 as well, which clients of automatic persisted queries send.
    this.#byId = new Map([...all.map(([, text]) => [sha256Of(text), text] as const), ...all]);
    this.#texts = new Set(all.map(([, text]) => text));
  }

  textOf(id: string): string | undefined {
    return this.#byId.get(id);
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }
}

/**
 * Reads a manifest: Apollo's format, or an object of documents by id.
 * @throws CONFIGURATION_INVALID
 */
export async function readTrustedDocuments(file: string): Promise<TrustedDocuments> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    const apollo = apolloManifest.safeParse(content);
    return new TrustedDocuments(apollo.success ? apollo.data.operations.map(({ id, body }) => [id, body]) : Object.entries(plainManifest.parse(content)));
  } catch (error) {
    const message = `TRUSTED_DOCUMENTS_FILE (${file}) is no manifest of documents: ${messageOf(error)}`;
    throw new PlatformError('CONFIGURATION_INVALID', message, {}, { cause: error });
  }
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
