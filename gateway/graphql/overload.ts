import type { GraphQLFormattedError } from 'graphql';
import { ERRORS, isErrorCode } from '../../platform/errors';

/** What HTTP has to say of being full. */
export interface Overload {
  status: number;
  /** Seconds. */
  retryAfter: string;
}

interface Answered {
  data?: unknown;
  errors?: readonly Pick<GraphQLFormattedError, 'extensions'>[];
}

/** A subgraph that is full says so in HTTP's own words too, where nothing else was answered: clients and proxies know how to back off from these. */
export function overloadOf({ data, errors }: Answered): Overload | null {
  const { code, retryAfterMs } = errors?.[0]?.extensions ?? {};
  if (data !== null || typeof retryAfterMs !== 'number' || !isErrorCode(code)) return null;
  return { status: ERRORS[code].status, retryAfter: String(Math.ceil(retryAfterMs / 1000)) };
}
