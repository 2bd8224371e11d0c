import type { QueryPlanner } from '@graphql-hive/router-query-planner';
import { getOperationAST, print, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { PlatformError } from '../../platform/errors';
import { isolateAliases } from './isolate-aliases';
import { OperationPlan } from './operation-plan';
import type { CompiledPlan, PlanCompiler } from './plan-compile';
import { onlyIntrospection, withoutIntrospection } from './split-introspection';

const NO_LABELS: Set<string> = new Set();

/** Plans an operation of a valid document: everything between the client's text and the first variable. */
export class OperationPlanner {
  constructor(
    private readonly planner: QueryPlanner,
    private readonly compiler: PlanCompiler,
    private readonly apiSchema: GraphQLSchema,
  ) {}

  /**
   * Off the event loop, since a large operation takes the planner milliseconds.
   * @throws BAD_USER_INPUT when the document has no such operation, or several and none is named
   */
  async plan(document: DocumentNode, operationName: string | null): Promise<OperationPlan> {
    const { document: isolated, responseKeys } = isolateAliases(document);
    const operation = getOperationAST(isolated, operationName);
    if (!operation) throw unknownOperation(operationName);
    const { apiSchema } = this;
    const introspection = operation.operation === 'query' ? onlyIntrospection(document, apiSchema) : null;
    return new OperationPlan({ apiSchema, document: isolated, operation, responseKeys, introspection, plan: await this.#compile(isolated, operation) });
  }

  async #compile(document: DocumentNode, operation: OperationDefinitionNode): Promise<CompiledPlan> {
    const fetched = withoutIntrospection(document, operation);
    if (!fetched) return { source: null, step: null };
    const { node } = await this.planner.planAsync(print(fetched), operation.name?.value ?? null, NO_LABELS, 0);
    return this.compiler.compile(node);
  }
}

function unknownOperation(operationName: string | null): PlatformError {
  const message = operationName === null ? 'The document holds several operations: name one by operationName.' : `The document has no operation "${operationName}".`;
  return new PlatformError('BAD_USER_INPUT', message);
}
