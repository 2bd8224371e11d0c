import {
  execute, getVariableValues, GraphQLError, Kind, visit,
  type DocumentNode, type ExecutionResult, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
} from 'graphql';
import type { Execution } from './execution';
import type { CompiledPlan } from './plan-compile';
import { Projection } from './projection';
import { ProjectionState } from './projection-state';
import type { Variables } from './subgraph-client';

/** More combinations of `@skip` and `@include` than this of one operation are not kept. */
const MAX_PROJECTIONS = 64;

export interface OperationPlanParts {
  apiSchema: GraphQLSchema;
  /** The client's document with isolated aliases. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  responseKeys: ReadonlyMap<string, string>;
  /** The client's document with `__schema` and `__type` alone. */
  introspection: DocumentNode | null;
  plan: CompiledPlan;
}

/** All that can be known of an operation before its variables. */
export class OperationPlan {
  readonly kind: OperationDefinitionNode['operation'];
  readonly source: CompiledPlan['source'];
  readonly step: CompiledPlan['step'];
  readonly responseKeys: ReadonlyMap<string, string>;
  #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #conditions: readonly string[];
  #projections = new Map<string, Projection>();

  constructor(private readonly parts: OperationPlanParts) {
    this.kind = parts.operation.operation;
    this.source = parts.plan.source;
    this.step = parts.plan.step;
    this.responseKeys = parts.responseKeys;
    const fragments = parts.document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#conditions = conditionsIn(parts.document);
  }

  /** Variables as the schema's types read them, defaults included. */
  coerce(variables: Variables): { variables: Variables } | { errors: readonly GraphQLError[] } {
    const result = getVariableValues(this.parts.apiSchema, this.parts.operation.variableDefinitions ?? [], variables);
    if (result.coerced) return { variables: result.coerced };
    return { errors: result.errors.map(({ message, nodes }) => new GraphQLError(message, { nodes, extensions: { code: 'BAD_USER_INPUT' } })) };
  }

  /** Puts the answers to `__schema` and `__type` among the data, where the projection finds them. */
  introspect(execution: Execution, variables: Variables): void {
    const { introspection, apiSchema, operation } = this.parts;
    if (!introspection) return;
    // Over a schema whose introspection has synchronous resolvers alone, execute() answers at once.
    const result = execute({ schema: apiSchema, document: introspection, operationName: operation.name?.value, variableValues: variables }) as ExecutionResult;
    execution.errors.push(...(result.errors ?? []));
    Object.assign(execution.data, result.data);
  }

  finish({ data, errors, input }: Execution): ExecutionResult {
    const state = new ProjectionState(errors);
    const projected = this.#projectionFor(input.variables).project(data, state);
    return state.errors.length > 0 ? { errors: state.errors, data: projected } : { data: projected };
  }

  #projectionFor(variables: Variables): Projection {
    const key = this.#conditions.map((name) => (variables[name] === true ? '1' : '0')).join('');
    const known = this.#projections.get(key);
    if (known) return known;
    const { apiSchema, operation, responseKeys } = this.parts;
    const type = apiSchema.getRootType(operation.operation);
    if (!type) throw new GraphQLError(`The schema has no ${operation.operation} type.`);
    const context = { fragments: this.#fragments, variables, responseKeys };
    const projection = new Projection(apiSchema, context, { type, selectionSet: operation.selectionSet });
    if (this.#projections.size < MAX_PROJECTIONS) this.#projections.set(key, projection);
    return projection;
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
