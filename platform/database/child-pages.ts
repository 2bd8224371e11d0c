import DataLoader from 'dataloader';
import type { EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { groupBy } from '../collection/group-by';
import { encodeCursor, toPage, type Page, type PageCursor, type PageRequest } from '../paging';
import type { Database, Statement } from './database';

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
export function childPageLoader<Row extends ObjectLiteral & PageCursor>(
  database: Database, child: EntityTarget<Row>, parentProperty: string,
): ChildPageLoader<Row> {
  return new DataLoader(
    async (keys) => {
      const groups = [...groupBy(keys, shapeOf).values()];
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

async function readGroup<Row extends ObjectLiteral & PageCursor>(table: Child<Row>, keys: ChildPageKey[]): Promise<Map<string, Page<Row>>> {
  const { database, child } = table;
  const { limit } = keys[0]!.request;
  const metadata = database.source.getMetadata(child);
  const columns = metadata.columns.filter(({ isSelect }) => isSelect);
  const rows = await database.query<RawRow>(statementOf(table, { metadata, columns, keys }));
  const byParent = groupBy(rows, ({ parent_key }) => String(parent_key));
  const pageOf = (parent: string) => toPage(
    (byParent.get(parent) ?? []).map((raw) => hydrate<Row>(database, { metadata, columns }, raw)), limit,
  );
  return new Map(keys.map((key) => [keyOf(key), pageOf(key.parent)]));
}

type RawRow = Record<string, unknown>;

interface Mapping {
  metadata: EntityMetadata;
  columns: EntityMetadata['columns'];
}

function statementOf<Row extends ObjectLiteral>(
  { parentProperty }: Child<Row>, { metadata, columns, keys }: Mapping & { keys: ChildPageKey[] },
): Statement {
  const { request: { limit, after }, equals = {} } = keys[0]!;
  const columnOf = (property: string) => metadata.findColumnWithPropertyName(property)!;
  const values: unknown[] = [keys.map(({ parent }) => parent), limit + 1, ...Object.values(equals)];
  const parent = columnOf(parentProperty);
  // The keys take the column's type: a cast of the column would leave its index unused.
  const conditions = [`child.${parent.databaseName} = parent.key::${String(parent.type)}`];
  conditions.push(...Object.keys(equals).map((property, index) => `child.${columnOf(property).databaseName} = $${index + 3}`));
  if (after) conditions.push(`(child.created_at, child.id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`);
  const selected = columns.map(({ databaseName }) => `child.${databaseName}`).join(', ');
  return {
    text: `select parent.key as parent_key, page.* from unnest($1::text[]) as parent (key) cross join lateral (
             select ${selected} from ${metadata.tableName} child where ${conditions.join(' and ')}
             order by child.created_at desc, child.id desc limit $2) page`,
    values,
  };
}

/** What TypeORM does with a raw row: embedded objects and column transformers included. */
function hydrate<Row extends ObjectLiteral>(database: Database, { metadata, columns }: Mapping, raw: RawRow): Row {
  const row = metadata.create() as Row;
  for (const column of columns) column.setEntityValue(row, database.source.driver.prepareHydratedValue(raw[column.databaseName], column));
  return row;
}
