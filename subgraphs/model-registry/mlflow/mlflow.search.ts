import { visibleNamespaces, type Caller } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { PlatformError } from '../../../platform/errors';
import { parseFilter, type Comparison, type Operator } from './mlflow.filter';
import { SHOWN_NAME } from './mlflow.name';

export interface Search {
  filter?: string;
  max_results?: number;
  order_by?: string[];
  page_token?: string;
}

export interface Found {
  ids: string[];
  next_page_token?: string;
}

/** What can be searched: where it is, its attributes in SQL, and how its tags are compared. */
interface Searched {
  from: string;
  id: string;
  attributes: Readonly<Record<string, string>>;
  orders: Readonly<Record<string, string>>;
  defaultOrder: string;
  /** A set of `key` and `value` for each row. */
  tags: string;
}

const MODELS: Searched = {
  from: 'model m where m.archived_at is null', id: 'm.id', attributes: { name: SHOWN_NAME }, defaultOrder: SHOWN_NAME,
  orders: { name: SHOWN_NAME, creation_timestamp: 'm.created_at', last_updated_timestamp: 'm.updated_at' },
  tags: `select split_part(word, ':', 1) as key, substr(word, length(split_part(word, ':', 1)) + 2) as value from unnest(m.tags) word`,
};
const VERSIONS: Searched = {
  from: `model_version v join model m on m.id = v.model_id where m.archived_at is null and v.state <> 'ARCHIVED'`, id: 'v.id',
  // No run is known of any version.
  attributes: { name: SHOWN_NAME, version_number: 'v.number', run_id: `''` }, defaultOrder: 'v.updated_at desc',
  orders: { name: SHOWN_NAME, version_number: 'v.number', creation_timestamp: 'v.created_at', last_updated_timestamp: 'v.updated_at' },
  tags: `select t->>'key' as key, t->>'value' as value from jsonb_array_elements(v.tags) t`,
};
const TEXT_OPERATORS: ReadonlySet<Operator> = new Set(['=', '!=', 'LIKE', 'ILIKE', 'IN']);
const NUMBER_OPERATORS: ReadonlySet<Operator> = new Set(['=', '!=', '<', '<=', '>', '>=']);
/** Of a page, however many are asked for: MLflow's clients ask for 10,000 versions at a time, and go on by the token. */
const MAX_RESULTS = 1_000;
const DEFAULT_RESULTS = 100;
/** MLflow keeps prompts as models with this tag and leaves them out by "is not", which elsewhere asks for the tag. There are none here. */
const IS_PROMPT = 'mlflow.prompt.is_prompt';

/** Answers searches in MLflow's grammar, among what the caller may see. */
export class MlflowSearch {
  constructor(private readonly database: Database) {}

  models(caller: Caller, search: Search): Promise<Found> {
    return this.#find(MODELS, caller, search);
  }

  versions(caller: Caller, search: Search): Promise<Found> {
    return this.#find(VERSIONS, caller, search);
  }

  async #find(searched: Searched, caller: Caller, { filter = '', max_results: wanted = DEFAULT_RESULTS, order_by: orders = [], page_token: token }: Search): Promise<Found> {
    if (wanted < 1) throw refused(`max_results is 1 or more, got ${wanted}`);
    const limit = Math.min(wanted, MAX_RESULTS);
    const offset = readToken(token);
    const values: unknown[] = [visibleNamespaces(caller)];
    const conditions = parseFilter(filter).map((comparison) => conditionOf(searched, comparison, values));
    const where = ['($1::text[] is null or m.namespace = any($1))', ...conditions].map((condition) => ` and ${condition}`).join('');
    const order = [...orders.map((text) => orderOf(searched, text)), ...(orders.length === 0 ? [searched.defaultOrder] : []), searched.id].join(', ');
    const rows = await this.database.query<{ id: string }>({
      text: `select ${searched.id} as id from ${searched.from}${where} order by ${order} limit $${values.push(limit + 1)} offset $${values.push(offset)}`, values,
    });
    const ids = rows.slice(0, limit).map(({ id }) => id);
    return { ids, ...(rows.length > limit && { next_page_token: Buffer.from(String(offset + limit)).toString('base64url') }) };
  }
}

function conditionOf({ attributes, tags }: Searched, comparison: Comparison, values: unknown[]): string {
  const { isTag, key } = comparison;
  if (isTag && key === IS_PROMPT) return compared(`''`, comparison, values);
  if (isTag) {
    const keyAt = values.push(key);
    return `exists (select 1 from (${tags}) tag where tag.key = $${keyAt} and ${compared('tag.value', comparison, values)})`;
  }
  const column = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (column === undefined) throw refused(`"${key.slice(0, 80)}" is no attribute; there are ${Object.keys(attributes).join(', ')}`);
  return compared(column, comparison, values);
}

function compared(column: string, { key, operator, values: given }: Comparison, values: unknown[]): string {
  const isNumber = column === VERSIONS.attributes['version_number'];
  if (!(isNumber ? NUMBER_OPERATORS : TEXT_OPERATORS).has(operator)) throw refused(`"${key.slice(0, 80)}" cannot be compared by ${operator}`);
  if (operator === 'IN') return `${column} = any($${values.push(given)}::text[])`;
  // Without an escape character no pattern is broken.
  if (!isNumber) return `${column} ${operator} $${values.push(given[0])}::text${operator.endsWith('LIKE') ? ` escape ''` : ''}`;
  if (!/^-?\d{1,9}$/.test(given[0]!)) throw refused(`"${key}" is compared with a whole number`);
  return `${column} ${operator} $${values.push(Number(given[0]))}::int`;
}

function orderOf({ orders }: Searched, text: string): string {
  const [, key, direction = 'asc'] = /^\s*`?(\w+)`?(?:\s+(asc|desc))?\s*$/i.exec(text) ?? [];
  if (key === undefined || !Object.hasOwn(orders, key)) throw refused(`order_by is one of ${Object.keys(orders).join(', ')} with ASC or DESC`);
  return `${orders[key]} ${direction}`;
}

function readToken(token: string | undefined): number {
  if (!token) return 0;
  const text = Buffer.from(token, 'base64url').toString();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw refused('page_token was not made by this search');
}

function refused(reason: string): PlatformError {
  return new PlatformError('BAD_USER_INPUT', `Invalid search: ${reason}.`);
}
