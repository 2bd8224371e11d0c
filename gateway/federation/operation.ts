import {
  execute, getVariableValues, GraphQLError, Kind, visit,
  type DocumentNode, type ExecutionResult, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
} from 'graphql';
import type { Execution } from './execution';
import type { OperationPlan } from './operation-plan';
import type { Variables } from './subgraph-client';

/** So many combinations of conditions are kept of one operation. */
const MAX_PLANS = 32;

export interface OperationParts {
  readonly apiSchema: GraphQLSchema;
  /** The client's document with isolated aliases. */
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** What the client calls the isolated aliases. */
  readonly responseKeys: ReadonlyMap<string, string>;
  /** The client's document with `__schema` and `__type` alone. */
  readonly introspection: DocumentNode | null;
}

export type MakePlan = (operation: Operation, variables: Variables) => Promise<OperationPlan>;

/** An operation of a valid document: what can be known before its variables. */
export class Operation {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #conditions: readonly string[];
  #plans = new Map<string, Promise<OperationPlan>>();

  constructor(readonly parts: OperationParts, private readonly makePlan: MakePlan) {
    const fragments = parts.document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#conditions = conditionsIn(parts.document);
  }

  /** Variables as the schema's types read them, defaults included. */
  coerce(variables: Variables): { variables: Variables } | { errors: readonly GraphQLError[] } {
    const result = getVariableValues(this.parts.apiSchema, this.parts.definition.variableDefinitions ?? [], variables);
    if (result.coerced) return { variables: result.coerced };
    const extensions = { code: 'BAD_USER_INPUT' };
    return { errors: result.errors.map(({ message, nodes }) => new GraphQLError(message, { nodes, extensions })) };
  }

  /** One plan per combination of the variables that `@skip` and `@include` read: each fetches what that combination needs and no more. */
  plan(variables: Variables): Promise<OperationPlan> {
    const key = this.#conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
    return this.#plans.get(key) ?? this.#addPlan(key, variables);
  }

  /** Puts the answers to `__schema` and `__type` among the data, where the projection finds them. */
  introspect(execution: Execution, variables: Variables): void {
    const { introspection, apiSchema, definition } = this.parts;
    if (!introspection) return;
    // Introspection has synchronous resolvers alone, so execute() answers at once.
    const operationName = definition.name?.value;
    const result = execute({ schema: apiSchema, document: introspection, operationName, variableValues: variables }) as ExecutionResult;
    execution.errors.push(...(result.errors ?? []));
    Object.assign(execution.data, result.data);
  }

  #addPlan(key: string, variables: Variables): Promise<OperationPlan> {
    const plan = this.makePlan(this, variables);
    this.#plans.set(key, plan);
    plan.catch(() => this.#plans.delete(key));
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > MAX_PLANS) this.#plans.delete(oldest!);
    return plan;
  }
}

/** The variables that `@skip` and `@include` read. */
function conditionsIn(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') return;
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}
