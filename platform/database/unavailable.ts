import { PlatformError } from '../errors';

/** SQLSTATE classes and codes that say "no server at the moment", not "your statement is wrong" (PostgreSQL appendix A). */
const AWAY = /^(08...|57P0[1-5]|53300|53400)$/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** pg tells these by message alone. */
const MESSAGES = /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error)/;

/**
 * Turns "Postgres is away" in any of its guises into UNAVAILABLE, and leaves every other error as it is.
 * TypeORM wraps driver errors and, when a connection dies within a transaction, throws an error about its own query runner.
 */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof PlatformError || !isAway(error)) return error;
  return new PlatformError('UNAVAILABLE', 'The database cannot be reached at the moment; try again.', {}, { cause: error });
}

function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, name, message, driverError, errors } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && (AWAY.test(code) || NETWORK.has(code))) return true;
  if (typeof message === 'string' && MESSAGES.test(message)) return true;
  if (name === 'QueryRunnerAlreadyReleasedError') return true;
  // Both addresses of a host name refused: Node collects them in an AggregateError.
  return isAway(driverError) || (Array.isArray(errors) && errors.some(isAway));
}
