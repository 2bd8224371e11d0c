import type { IncomingHttpHeaders } from 'node:http';
import { PlatformError } from '../errors';

export interface ByteRange {
  /** First byte. */
  start: number;
  /** Last byte, inclusive. */
  end: number;
}

/** The status and the headers of an answer that gives the whole or a part, and which. */
export interface RangedHead {
  status: 200 | 206;
  headers: Record<string, string>;
  range: ByteRange | null;
}

const UNIT = /^bytes=/i;
const SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * How `GET` of bytes that never change is answered (RFC 9110 §13.1.5, §14): a range is given where one is asked for, also after `If-Range`
 * with our own tag; other methods know no ranges.
 * @throws RANGE_NOT_SATISFIABLE
 */
export function rangedHead({ method, headers }: { method: string; headers: IncomingHttpHeaders }, { sizeBytes, etag }: { sizeBytes: number; etag?: string }): RangedHead {
  const condition = headers['if-range'];
  const isWanted = method === 'GET' && (condition === undefined || condition === etag);
  const range = isWanted ? readRange(headers.range, sizeBytes) : null;
  return { status: range ? 206 : 200, headers: { ...(etag !== undefined && { etag }), 'accept-ranges': 'bytes', ...lengthHeaders(sizeBytes, range) }, range };
}

/**
 * One range of bytes. Null means the whole, which also answers what is no range, and several of which any is there, as the RFC allows.
 * @throws RANGE_NOT_SATISFIABLE when not one byte of what is asked for is there
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  if (header === undefined || !UNIT.test(header)) return null;
  const specs = header.replace(UNIT, '').split(',').map((spec) => SPEC.exec(spec.trim()));
  if (specs.some((spec) => spec === null || isBackwards(spec))) return null;
  const ranges = specs.map((spec) => rangeOf(spec!, sizeBytes)).filter(({ start, end }) => start <= end);
  if (ranges.length === 0) throw unsatisfiable(header, sizeBytes);
  return specs.length === 1 ? ranges[0]! : null;
}

export function lengthHeaders(sizeBytes: number, range: ByteRange | null): Record<string, string> {
  if (!range) return { 'content-length': String(sizeBytes) };
  return { 'content-length': String(range.end - range.start + 1), 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` };
}

/** The range as far as the bytes go. @throws RANGE_NOT_SATISFIABLE when it begins behind them, or is none */
export function withinBytes({ start, end }: ByteRange, sizeBytes: number): ByteRange {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
  if (!isRange || start >= sizeBytes) throw unsatisfiable(`${start}-${end}`, sizeBytes);
  return { start, end: Math.min(end, sizeBytes - 1) };
}

function rangeOf([, first, last, suffix]: RegExpExecArray, sizeBytes: number): ByteRange {
  if (suffix !== undefined) return { start: Math.max(sizeBytes - Number(suffix), 0), end: sizeBytes - 1 };
  return { start: Number(first), end: last ? Math.min(Number(last), sizeBytes - 1) : sizeBytes - 1 };
}

/** Not a range at all (§14.1.1), other than one that lies behind the end. */
function isBackwards([, first, last]: RegExpExecArray): boolean {
  return first !== undefined && last !== undefined && last !== '' && Number(last) < Number(first);
}

function unsatisfiable(asked: string, sizeBytes: number): PlatformError {
  return new PlatformError('RANGE_NOT_SATISFIABLE', `The range ${asked.slice(0, 100)} was asked for; there are ${sizeBytes} bytes, the first of them 0.`, { sizeBytes });
}
