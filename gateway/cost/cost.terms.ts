import type { Variables } from '../federation/subgraph-client';

/** A cost that is known, or that the variables decide. */
export type Term = number | ((variables: Variables) => number);

/** Beyond any limit, and far from Infinity, whose product with 0 is no number and so above no limit. */
const MOST = 1e9;

export function valueOf(term: Term, variables: Variables): number {
  return typeof term === 'number' ? term : term(variables);
}

/** Folds what is known at once, so that most operations end as a single number. */
export function sum(terms: readonly Term[]): Term {
  let known = 0;
  const open: Exclude<Term, number>[] = [];
  for (const term of terms) {
    if (typeof term === 'number') known += term;
    else open.push(term);
  }
  known = bounded(known);
  if (open.length === 0) return known;
  return (variables) => bounded(open.reduce((total, term) => total + term(variables), known));
}

export function product(left: Term, right: Term): Term {
  if (typeof left === 'number' && typeof right === 'number') return bounded(left * right);
  return (variables) => bounded(valueOf(left, variables) * valueOf(right, variables));
}

/** `term` where the condition holds, else nothing. */
export function when(condition: (variables: Variables) => boolean, term: Term): Term {
  return (variables) => (condition(variables) ? valueOf(term, variables) : 0);
}

/** Worked out once per request, however often its fragment is spread. */
export function once(term: Term): Term {
  if (typeof term === 'number') return term;
  const known = new WeakMap<Variables, number>();
  return (variables) => {
    const value = known.get(variables) ?? term(variables);
    known.set(variables, value);
    return value;
  };
}

function bounded(value: number): number {
  return Math.min(value, MOST);
}
