import { PlatformError } from '../../../platform/errors';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN';

/** One term of a filter; all terms must hold. */
export interface Comparison {
  /** Null: an attribute. Otherwise the key of a tag is compared. */
  isTag: boolean;
  key: string;
  operator: Operator;
  /** Several for IN. */
  values: string[];
}

type Token = { kind: 'key' | 'operator' | 'value' | 'mark'; text: string };

const MAX_LENGTH = 4_000;
const LEXEMES: readonly [Token['kind'] | 'space', RegExp][] = [
  ['space', /\s+/y],
  ['operator', /(?:!=|<=|>=|=|<|>|(?:I?LIKE|IN)(?![\w.]))/iy],
  ['mark', /[(),]|AND(?![\w.])/iy],
  ['value', /'(?:[^']|'')*'|-?\d+(?![\w.])/y],
  ['key', /[A-Za-z_]\w*(?:\.(?:`[^`]*`|"[^"]*"|[\w.-]+))?/y],
  ['value', /"[^"]*"/y],
];

/** MLflow's search grammar (mlflow.org/docs/latest/model-registry, "Search"): comparisons joined by AND. @throws BAD_USER_INPUT */
export function parseFilter(filter: string): Comparison[] {
  if (filter.length > MAX_LENGTH) throw refused(`a filter has at most ${MAX_LENGTH} characters`);
  const tokens = tokenize(filter);
  const comparisons: Comparison[] = [];
  while (tokens.length > 0) {
    if (comparisons.length > 0) expectMark(tokens, 'AND');
    comparisons.push(readComparison(tokens));
  }
  return comparisons;
}

function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < filter.length;) {
    const [kind, text] = lexemeAt(filter, at);
    if (kind !== 'space') tokens.push({ kind, text });
    at += text.length;
  }
  return tokens;
}

function lexemeAt(filter: string, at: number): [Token['kind'] | 'space', string] {
  for (const [kind, pattern] of LEXEMES) {
    pattern.lastIndex = at;
    const text = pattern.exec(filter)?.[0];
    if (text) return [kind, text];
  }
  throw refused(`"${filter.slice(at, at + 40)}" was not understood`);
}

function readComparison(tokens: Token[]): Comparison {
  const key = next(tokens, 'key');
  const operator = next(tokens, 'operator').toUpperCase() as Operator;
  const [, entity, name] = /^(?:(tags?|attributes?|attribute)\.)?(.+)$/s.exec(key)!;
  const values = operator === 'IN' ? readList(tokens) : [unquoted(next(tokens, 'value'))];
  return { isTag: entity?.startsWith('tag') ?? false, key: unquoted(name!), operator, values };
}

function readList(tokens: Token[]): string[] {
  expectMark(tokens, '(');
  const values = [unquoted(next(tokens, 'value'))];
  while (tokens[0]?.text === ',') {
    tokens.shift();
    values.push(unquoted(next(tokens, 'value')));
  }
  expectMark(tokens, ')');
  return values;
}

function next(tokens: Token[], kind: Token['kind']): string {
  const token = tokens.shift();
  if (token?.kind !== kind) throw refused(`a ${kind} was expected in the place of "${token?.text.slice(0, 40) ?? 'the end'}"`);
  return token.text;
}

function expectMark(tokens: Token[], mark: string): void {
  const text = next(tokens, 'mark');
  if (text.toUpperCase() !== mark) throw refused(`"${mark}" was expected in the place of "${text}"`);
}

function unquoted(text: string): string {
  return /^[`'"]/.test(text) ? text.slice(1, -1).replaceAll('\'\'', '\'') : text;
}

function refused(reason: string): PlatformError {
  return new PlatformError('BAD_USER_INPUT', `The filter is not understood: ${reason}. Expected was such as: name LIKE 'ocr%' AND tags.task = 'text'.`);
}
