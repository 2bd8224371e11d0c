import { TextCache } from '../../platform/collection/text-cache';
import { PlatformError } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { sha256Of, type TrustedDocuments, type TrustMode } from './trusted.documents';

/** How a request names its document: by text, by id (GraphQL over HTTP, persisted documents), or by hash (Apollo's APQ). */
export interface AskedDocument {
  query?: string | null;
  documentId?: string | null;
  extensions?: Readonly<Record<string, unknown>> | null;
}

export interface FoundDocument {
  text: string;
  /** Asked for by id or hash. */
  isPersisted: boolean;
  /** Where the client gave both, so that it may give the hash alone from now on: called once the document is known to be valid. */
  keep?(): void;
}

/** Automatic persisted queries of this process; a client whose hash is not known sends its text again. */
const MAX_KEPT_CHARACTERS = 2 * 1024 * 1024;
const MAX_WARNED = 1_000;

/** Finds the text of what a client asks to run, and keeps to the trusted documents where there are any. */
export class DocumentSource {
  readonly #kept = new TextCache<string>(MAX_KEPT_CHARACTERS);
  readonly #warned = new Set<string>();

  constructor(private readonly settings: { mode: TrustMode; trusted: TrustedDocuments | null }, private readonly log: Log) {}

  /** @throws BAD_USER_INPUT, PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED */
  find({ query, documentId, extensions }: AskedDocument): FoundDocument {
    const id = idOf(documentId, extensions);
    if (id === null) {
      if (!query) throw new PlatformError('BAD_USER_INPUT', 'A document is needed: send it as "query", or its id as "documentId".');
      this.#checkTrust(query);
      return { text: query, isPersisted: false };
    }
    if (query) return this.#findBoth(id, query);
    const text = this.settings.trusted?.textOf(id) ?? this.#kept.get(id);
    if (text === undefined) throw new UnknownDocument();
    return { text, isPersisted: true };
  }

  #findBoth(id: string, text: string): FoundDocument {
    if (sha256Of(text) !== id) throw new PlatformError('BAD_USER_INPUT', 'The hash is not the SHA-256 of the document that came with it.');
    this.#checkTrust(text);
    return { text, isPersisted: true, keep: () => this.#kept.set(id, text) };
  }

  #checkTrust(text: string): void {
    const { mode, trusted } = this.settings;
    if (mode === 'off' || trusted?.has(text)) return;
    if (mode === 'enforce') throw new PlatformError(
      'DOCUMENT_NOT_TRUSTED', 'This gateway runs only documents of its manifest; ask for one by "documentId".', { limit: 'trusted' },
    );
    const hash = sha256Of(text);
    if (this.#warned.size >= MAX_WARNED || this.#warned.has(hash)) return;
    this.#warned.add(hash);
    this.log.warn({ sha256: hash }, 'document is not trusted');
  }
}

class UnknownDocument extends PlatformError {
  /** A step of the protocol: many clients take another status for a failed connection. */
  readonly statusCode = 200;

  constructor() {
    // Clients know it by these very words, and send the text.
    super('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
  }
}

function idOf(documentId: string | null | undefined, extensions: AskedDocument['extensions']): string | null {
  if (documentId) return documentId.replace(/^sha256:/, '');
  const persisted: unknown = extensions?.['persistedQuery'];
  if (persisted === undefined || persisted === null) return null;
  const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown };
  if (version === 1 && typeof sha256Hash === 'string' && sha256Hash) return sha256Hash;
  throw new PlatformError('BAD_USER_INPUT', 'extensions.persistedQuery must be { version: 1, sha256Hash: "…" }.');
}
