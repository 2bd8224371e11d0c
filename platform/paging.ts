import { PlatformError } from './errors';

export interface PageArguments {
  first?: number | null;
  after?: string | null;
}

/** A position in a list ordered by `(created_at, id)`, newest first. */
export interface PageCursor {
  createdAt: Date;
  id: string;
}

export interface PageRequest {
  /** Rows wanted, 1–100; stores fetch `limit + 1` to learn whether a page follows. */
  limit: number;
  after: PageCursor | null;
}

/** A Relay connection. */
export interface Page<Row> {
  edges: { node: Row; cursor: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

/**
 * @throws BAD_USER_INPUT when `first` is outside 1–100
 * @throws CURSOR_INVALID when `after` was not made by a connection
 */
export function readPage({ first, after }: PageArguments): PageRequest {
  const limit = first ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_SIZE) {
    throw new PlatformError('BAD_USER_INPUT', `first must be 1 to ${MAX_PAGE_SIZE}, got ${limit}.`);
  }
  return { limit, after: after ? decodeCursor(after) : null };
}

/** Makes a connection of up to `limit + 1` rows. Columns are `timestamptz(3)`: a Date holds no microseconds. */
export function toPage<Row extends PageCursor>(rows: Row[], limit: number): Page<Row> {
  const edges = rows.slice(0, limit).map((node) => ({ node, cursor: encodeCursor(node) }));
  return { edges, pageInfo: { hasNextPage: rows.length > limit, endCursor: edges.at(-1)?.cursor ?? null } };
}

export function encodeCursor({ createdAt, id }: PageCursor): string {
  return Buffer.from(`${createdAt.getTime()}:${id}`).toString('base64url');
}

export function decodeCursor(cursor: string): PageCursor {
  const match = /^(\d{1,15}):([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new PlatformError(
    'CURSOR_INVALID', 'The cursor was not made by this field; pass an endCursor or an edge cursor unchanged.',
  );
  return { createdAt: new Date(Number(match[1])), id: match[2]! };
}
