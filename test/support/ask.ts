import { execute, parse, validate, type ExecutionResult } from 'graphql';
import { BOOTSTRAP_ADMIN, type Caller, type Role } from '../../platform/caller';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import { newId } from '../../platform/uuid';

export interface Answer {
  /** Loosely typed: tests know the shape they asked for. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads what it selected
  data: any;
  /** The codes of the errors, in order. */
  codes: unknown[];
  messages: string[];
}

/** Executes one operation on a subgraph in process, as this caller. */
export async function ask(subgraph: Subgraph, text: string, { caller = BOOTSTRAP_ADMIN, variables = {} }: { caller?: Caller; variables?: Record<string, unknown> } = {}): Promise<Answer> {
  const document = parse(text);
  const faults = validate(subgraph.schema, document);
  if (faults.length > 0) throw new AggregateError(faults, faults.map(({ message }) => message).join('\n'));
  const contextValue = subgraph.context({ requestId: newId(), caller });
  const { data, errors = [] } = await execute({ schema: subgraph.schema, document, variableValues: variables, contextValue }) as ExecutionResult;
  return { data: plain(data), codes: errors.map(({ extensions }) => extensions['code']), messages: errors.map(({ message }) => message) };
}

/** graphql-js answers objects without a prototype, which `toEqual` tells apart. */
function plain(data: unknown): unknown {
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data)) as unknown;
}

/** A caller with these roles and no others. */
export function makeCaller(roles: Record<string, Role>, overrides: Partial<Caller> = {}): Caller {
  return { principalId: newId(), name: 'someone', isOperator: false, roles, ...overrides };
}
