import { print, type DocumentNode } from 'graphql';
import { TextCache } from '../../platform/text-cache';
import type { OperationPlan } from './operation-plan';

/** A plan takes some twenty times the memory of its text. */
const MAX_CHARACTERS = 2_000_000;

type MakePlan = (document: DocumentNode, operationName: string | null) => Promise<OperationPlan>;

/**
 * Plans by document object, which the doors keep per text, and behind that by text. Documents that wait for the same plan share it;
 * one that cannot be made is not kept.
 */
export class PlanCache {
  #byDocument = new WeakMap<DocumentNode, Map<string, Promise<OperationPlan>>>();
  #byText: TextCache<Promise<OperationPlan>>;

  constructor(private readonly makePlan: MakePlan, maxCharacters = MAX_CHARACTERS) {
    this.#byText = new TextCache(maxCharacters);
  }

  get(document: DocumentNode, operationName: string | null): Promise<OperationPlan> {
    const name = operationName ?? '';
    return this.#byDocument.get(document)?.get(name) ?? this.#byTextOf(document, name);
  }

  #byTextOf(document: DocumentNode, name: string): Promise<OperationPlan> {
    const text = `${name}\n${print(document)}`;
    const plan = this.#byText.get(text) ?? this.makePlan(document, name || null);
    this.#byText.set(text, plan);
    const plans = this.#byDocument.get(document) ?? new Map<string, Promise<OperationPlan>>();
    this.#byDocument.set(document, plans.set(name, plan));
    plan.catch(() => {
      plans.delete(name);
      this.#byText.delete(text);
    });
    return plan;
  }
}
