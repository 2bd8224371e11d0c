import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { Balance } from './cost.budget';

/** What an operation costs and what its key has left; null where no budget is set. */
export interface Charge {
  readonly cost: number;
  /** The most that one operation may cost. */
  readonly allowed: number;
  readonly balance: Balance | null;
}

/** A request that has passed the limits. */
export interface ChargedScope extends RequestScope {
  readonly charge: Charge;
}

export function chargeOf(scope: RequestScope): Charge | null {
  return (scope as Partial<ChargedScope>).charge ?? null;
}

/** The result with what it cost under `extensions.cost`. */
export function withCost(result: ExecutionResult, scope: RequestScope): ExecutionResult {
  const charge = chargeOf(scope);
  return charge ? { ...result, extensions: { ...result.extensions, cost: toExtension(charge) } } : result;
}

function toExtension({ cost, allowed, balance }: Charge): Record<string, unknown> {
  if (!balance) return { requested: cost, allowed };
  return { requested: cost, allowed, remaining: balance.remaining, resetAt: new Date(balance.resetAtMs).toISOString() };
}
