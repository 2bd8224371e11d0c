import DataLoader from 'dataloader';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { encodeCursor, toPage, type Page, type PageCursor, type PageRequest } from '../paging';
import type { Database } from './database';

export interface ChildPageKey {
  /** The parent's key, as text. */
  parent: string;
  request: PageRequest;
  /** Further conditions: property → the value it must equal. */
  equals?: Readonly<Record<string, string>>;
}

export type ChildPageLoader<Row> = DataLoader<ChildPageKey, Page<Row>, string>;

/**
 * Loads a connection of children for each of many parents: a list of 100 models with the versions of each is one statement, not 100.
 * A lateral join reads `limit + 1` rows per parent off the index `(parent, created_at desc, id desc)`, however many it has.
 */
export function childPageLoader<Row extends ObjectLiteral & PageCursor>(database: Database, child: EntityTarget<Row>, parentProperty: string): ChildPageLoader<Row> {
  return new DataLoader(
    async (keys) => {
      const groups = [...grouped(keys, shapeOf).values()];
      const pages = await Promise.all(groups.map((group) => readGroup({ database, child, parentProperty }, group)));
      const byKey = new Map(pages.flatMap((group) => [...group]));
      return keys.map((key) => byKey.get(keyOf(key))!);
    },
    { cacheKeyFn: keyOf },
  );
}

/** Keys of one shape differ in the parent alone. */
function shapeOf({ request: { limit, after }, equals = {} }: ChildPageKey): string {
  return JSON.stringify([limit, after && encodeCursor(after), Object.entries(equals)]);
}

function keyOf(key: ChildPageKey): string {
  return `${key.parent} ${shapeOf(key)}`;
}

interface Child<Row extends ObjectLiteral> {
  database: Database;
  child: EntityTarget<Row>;
  parentProperty: string;
}

async function readGroup<Row extends ObjectLiteral & PageCursor>({ database, child, parentProperty }: Child<Row>, keys: ChildPageKey[]): Promise<Map<string, Page<Row>>> {
  const { request: { limit, after }, equals = {} } = keys[0]!;
  const metadata = database.source.getMetadata(child);
  const column = (property: string) => `child.${metadata.findColumnWithPropertyName(property)!.databaseName}`;
  // The keys take the column's type: a cast of the column would leave its index unused.
  const parentType = String(metadata.findColumnWithPropertyName(parentProperty)!.type);
  const columns = metadata.columns.filter(({ isSelect }) => isSelect).map(({ databaseName, propertyName }) => `child.${databaseName} as "${propertyName}"`);
  const values: unknown[] = [keys.map(({ parent }) => parent), limit + 1, ...Object.values(equals)];
  const conditions = [`${column(parentProperty)} = parent.key::${parentType}`, ...Object.keys(equals).map((property, index) => `${column(property)} = $${index + 3}`)];
  if (after) conditions.push(`(child.created_at, child.id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`);
  const rows = await database.query<Row & { parentKey: string }>({
    text: `select parent.key as "parentKey", page.* from unnest($1::text[]) as parent (key) cross join lateral (
             select ${columns.join(', ')} from ${metadata.tableName} child where ${conditions.join(' and ')}
             order by child.created_at desc, child.id desc limit $2) page`,
    values,
  });
  const byParent = grouped(rows, ({ parentKey }) => parentKey);
  return new Map(keys.map((key) => [keyOf(key), toPage<Row>(byParent.get(key.parent) ?? [], limit)]));
}

function grouped<T>(values: readonly T[], keyOfValue: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOfValue(value));
    if (group) group.push(value);
    else groups.set(keyOfValue(value), [value]);
  }
  return groups;
}
