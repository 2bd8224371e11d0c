import type { Datatype } from '../../../platform/tensor/datatype';

/** No JSON text of a client holds it unescaped. */
const MARK = '\u0001';
/** A string, to be passed over, or an integer of so many digits that a double may not hold it. */
const LONG_INTEGERS = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])(-?[1-9]\d{15,})(?![\d.eE])/g;

/**
 * Parses JSON whose long integers keep every digit: they come back marked, for `withLongIntegers` to read. The protocol's clients write 64-bit integers as
 * numbers, of which JavaScript would keep 53 bits.
 * @throws SyntaxError
 */
export function parseLongIntegers(text: string): { json: unknown; hasLong: boolean } {
  if (!/\d{16}/.test(text)) return { json: JSON.parse(text), hasLong: false };
  let hasLong = false;
  const marked = text.replace(LONG_INTEGERS, (found, integer: string | undefined) => {
    if (integer === undefined) return found;
    hasLong = true;
    return `"\\u0001${integer}"`;
  });
  return { json: JSON.parse(marked), hasLong };
}

export function isLongInteger(text: string): boolean {
  return text.startsWith(MARK);
}

/** The elements with their marks read: as text where the datatype has 64 bits, as the nearest number elsewhere. */
export function withLongIntegers(data: unknown, datatype: Datatype): unknown {
  if (Array.isArray(data)) return data.map((element) => withLongIntegers(element, datatype));
  if (typeof data !== 'string' || !isLongInteger(data)) return data;
  const digits = data.slice(MARK.length);
  return datatype === 'INT64' || datatype === 'UINT64' ? digits : Number(digits);
}
