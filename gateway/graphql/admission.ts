import type { RequestScope } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import type { Charge, ChargedScope } from '../cost/charge';
import type { CostBudget } from '../cost/cost.budget';
import type { AskedDocument, DocumentSource } from '../persisted/document.source';
import type { Documents, Prepared, Refused } from './documents';

export interface AskedOperation extends AskedDocument {
  operationName?: string | null;
}

export interface Admitted extends Prepared {
  text: string;
  isPersisted: boolean;
}

export interface AdmissionParts {
  documents: Documents;
  source: DocumentSource;
  /** The most that one operation may cost. */
  maxCost: number;
  /** Null: keys may spend what they like. */
  budget: CostBudget | null;
}

/** What every door asks before an operation runs: one set of limits, wherever it comes in. */
export class Admission {
  constructor(private readonly parts: AdmissionParts) {}

  /**
   * Finds, parses, limits and validates the document.
   * @throws BAD_USER_INPUT, GRAPHQL_VALIDATION_FAILED, PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED
   */
  admit(asked: AskedOperation): Admitted | Refused {
    const { text, isPersisted, keep } = this.parts.source.find(asked);
    const prepared = this.parts.documents.prepare(text, asked.operationName);
    if ('errors' in prepared) return prepared;
    keep?.();
    return { ...prepared, text, isPersisted };
  }

  /**
   * Weighs the operation with its variables and takes the cost from its caller's budget.
   * @throws COST_TOO_HIGH, RATE_LIMITED
   */
  charge({ cost }: Prepared, variables: Readonly<Record<string, unknown>> | null | undefined, scope: RequestScope): ChargedScope | Promise<ChargedScope> {
    const { maxCost, budget } = this.parts;
    const requested = cost.of(variables);
    if (requested > maxCost) throw new PlatformError(
      'COST_TOO_HIGH', `The operation costs ${requested}; at most ${maxCost} is allowed. Ask for shorter lists, or in parts.`,
      { limit: 'cost', cost: requested, allowed: maxCost },
    );
    const charge: Charge = { cost: requested, allowed: maxCost, balance: null };
    if (!budget) return { ...scope, charge };
    const balance = budget.take(scope.caller.principalId, requested);
    if (!(balance instanceof Promise)) return { ...scope, charge: { ...charge, balance } };
    return balance.then((taken) => ({ ...scope, charge: { ...charge, balance: taken } }));
  }
}
