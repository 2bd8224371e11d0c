import type { ByteReply } from '../../../platform/bytes/byte-route';
import { asUnkeepableText } from '../../../platform/database/keepable-text';
import { asUnavailable } from '../../../platform/database/unavailable';
import { ERRORS, PlatformError } from '../../../platform/errors';

/** The words by which the Hub's clients tell its refusals apart. */
export type HubErrorCode = 'RepoNotFound' | 'RevisionNotFound' | 'EntryNotFound';

/** A refusal in the words of the Hub. */
export class HubRefusal extends Error {
  constructor(readonly code: HubErrorCode, message: string, readonly headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'HubRefusal';
  }
}

/** What a client is told. @throws what is no refusal */
export function refusalReply(thrown: unknown): ByteReply {
  const error = asUnkeepableText(asUnavailable(thrown));
  if (error instanceof HubRefusal) return reply(404, error.message, { ...error.headers, 'x-error-code': error.code });
  if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
  if (error.code === 'MODEL_NOT_FOUND') return reply(404, 'Repository not found', { 'x-error-code': 'RepoNotFound' });
  if (error.code === 'ARTIFACT_NOT_FOUND') return reply(404, error.message, { 'x-error-code': 'EntryNotFound' });
  return reply(ERRORS[error.code].status, error.message);
}

/** Header values hold printable ASCII. */
function reply(status: number, message: string, headers: Readonly<Record<string, string>> = {}): ByteReply {
  return {
    status, headers: { 'content-type': 'application/json; charset=utf-8', 'x-error-message': message.replace(/[^\x20-\x7e]/g, '?').slice(0, 500), ...headers },
    body: JSON.stringify({ error: message }),
  };
}
