import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { toPage, type Page, type PageCursor, type PageRequest } from '../paging';

/**
 * Reads one page of a query, newest first by `(created_at, id)`: the keyset needs no offset, so page 1,000 costs what page 1 does.
 * The builder's entity must map `createdAt` and `id`.
 */
export async function keysetPage<Row extends ObjectLiteral & PageCursor>(
  builder: SelectQueryBuilder<Row>, { limit, after }: PageRequest,
): Promise<Page<Row>> {
  const { alias } = builder;
  if (after) {
    builder.andWhere(`(${alias}.created_at, ${alias}.id) < (:cursorAt, :cursorId)`, { cursorAt: after.createdAt, cursorId: after.id });
  }
  const rows = await builder.orderBy(`${alias}.createdAt`, 'DESC').addOrderBy(`${alias}.id`, 'DESC').take(limit + 1).getMany();
  return toPage(rows, limit);
}
