import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { ChargedScope } from '../cost/charge';

export interface SubscriptionRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly scope: RequestScope;
}

const numbers = new WeakMap<DocumentNode, number>();
let lastNumber = 0;

/**
 * Equal for requests that every subgraph must answer equally: the same document (kept once per text by `Documents`), operation and
 * variables, from callers of the same rights. Whatever else comes to be carried by the scope or the caller tells requests apart from
 * then on, until someone shows here that it need not: what a request has cost and the span it belongs to are told beside results, never in those of a stream.
 */
export function streamKeyOf({ document, operation, variables = {}, scope }: SubscriptionRequest, isPersonal: boolean): string {
  const { requestId: _, charge: _charge, trace: _trace, caller: { principalId, name, ...rights }, ...carried } = scope as Partial<ChargedScope> & RequestScope;
  const given = (operation.variableDefinitions ?? []).map(({ variable }) => variables[variable.name.value] ?? null);
  const roles = Object.entries(rights.roles).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    numberOf(document), operation.name?.value ?? null, given, { ...rights, roles }, carried, isPersonal ? [principalId, name] : null,
  ]);
}

function numberOf(document: DocumentNode): number {
  const known = numbers.get(document);
  if (known !== undefined) return known;
  numbers.set(document, ++lastNumber);
  return lastNumber;
}
