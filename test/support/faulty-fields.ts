import type { Resolvers } from './subgraphs';

/** Fields of rows (`Book.title:b1`) that throw, or answer null where a null may not be allowed. */
export type Faults = Map<string, 'throw' | 'null'>;

export type Row = { id: string } & Record<string, unknown>;
export type FieldResolver = (row: Row, parameters: never) => unknown;

/** Resolvers whose every field, `plain` ones that only read their row included, asks first whether it is to fail. */
export function withFaults(fields: Record<string, Record<string, unknown>>, plain: Record<string, readonly string[]>, faults: Faults): Resolvers {
  const guarded = Object.entries(fields).map(([type, own]) => {
    const all = { ...Object.fromEntries((plain[type] ?? []).map((name) => [name, (row: Row) => row[name]])), ...own };
    return [type, Object.fromEntries(Object.entries(all).map(([name, resolve]) => [name, guard(`${type}.${name}`, resolve as FieldResolver, faults)]))];
  });
  return Object.fromEntries(guarded) as Resolvers;
}

function guard(field: string, resolve: FieldResolver, faults: Faults): FieldResolver {
  return (row: Row | undefined, parameters) => {
    const fault = faults.get(`${field}:${row?.id ?? ''}`);
    if (fault === 'throw') throw new Error(`${field} fails`);
    return fault === 'null' ? null : resolve(row as Row, parameters);
  };
}
