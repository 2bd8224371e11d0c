import type { ColumnOptions } from 'typeorm';

/** Options of a `bigint` column that counts bytes: pg answers text, but no count of bytes comes near 2^53. */
export const bytesColumn: ColumnOptions = {
  type: 'bigint',
  transformer: { to: (bytes: number) => bytes, from: (text: string | null) => (text === null ? null : Number(text)) },
};
