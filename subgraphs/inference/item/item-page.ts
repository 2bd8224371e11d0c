import { PlatformError } from '../../../platform/errors';
import { readPage, type PageArguments } from '../../../platform/paging';
import type { Connection } from '../../../platform/subgraph/connection';
import type { ItemRange } from './chunk.store';
import type { JobItem } from './job-item';

/** Items are counted from 0, so a page of them is a range and its cursor the last index. */
export function readItemRange({ id, itemCount }: { id: string; itemCount: number }, page: PageArguments): ItemRange {
  const { limit } = readPage({ first: page.first });
  const from = page.after ? decodeItemCursor(page.after) + 1 : 0;
  return { jobId: id, from, to: Math.min(from + limit, itemCount) };
}

export function toItemPage(items: readonly JobItem[], { to }: ItemRange, itemCount: number): Connection<JobItem> {
  const edges = items.map((node) => ({ node, cursor: encodeItemCursor(node.index) }));
  return { edges, pageInfo: { hasNextPage: to < itemCount, endCursor: edges.at(-1)?.cursor ?? null } };
}

function encodeItemCursor(index: number): string {
  return Buffer.from(`item:${index}`).toString('base64url');
}

function decodeItemCursor(cursor: string): number {
  const match = /^item:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new PlatformError(
    'CURSOR_INVALID', 'The cursor was not made by this field; pass an endCursor or an edge cursor unchanged.',
  );
  return Number(match[1]);
}
