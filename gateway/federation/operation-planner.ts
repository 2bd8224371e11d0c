import { getOperationAST, type DocumentNode, type GraphQLSchema } from 'graphql';
import { PlatformError } from '../../platform/errors';
import { isolateAliases } from './isolate-aliases';
import { Operation } from './operation';
import { OperationPlan } from './operation-plan';
import type { CompiledPlan, PlanCompiler } from './plan-compile';
import { onlyIntrospection, plannableDocument } from './plannable-document';
import type { PartwisePlanner } from './planning/partwise-planner';
import { Projection } from './projection';
import type { Variables } from './subgraph-client';

const NOTHING: CompiledPlan = { source: null, step: null };

/** Makes operations of valid documents, and their plans. */
export class OperationPlanner {
  constructor(
    private readonly planner: PartwisePlanner,
    private readonly compiler: PlanCompiler,
    private readonly apiSchema: GraphQLSchema,
  ) {}

  /** @throws BAD_USER_INPUT when the document has no such operation, or several and none is named */
  prepare(document: DocumentNode, operationName: string | null): Operation {
    const { document: isolated, responseKeys } = isolateAliases(document);
    const definition = getOperationAST(isolated, operationName);
    if (!definition) throw unknownOperation(operationName);
    const { apiSchema } = this;
    const introspection = definition.operation === 'query' ? onlyIntrospection(document, apiSchema) : null;
    const parts = { apiSchema, document: isolated, definition, responseKeys, introspection };
    return new Operation(parts, (operation, variables) => this.#plan(operation, variables));
  }

  async #plan(operation: Operation, variables: Variables): Promise<OperationPlan> {
    const { definition, responseKeys } = operation.parts;
    const type = this.apiSchema.getRootType(definition.operation);
    if (!type) throw new PlatformError('GRAPHQL_VALIDATION_FAILED', `The schema has no ${definition.operation} type.`);
    const context = { fragments: operation.fragments, variables, responseKeys };
    const projection = new Projection(this.apiSchema, context, { type, selectionSet: definition.selectionSet });
    return new OperationPlan(definition.operation, await this.#compile(operation, variables), projection);
  }

  async #compile({ parts: { document, definition } }: Operation, variables: Variables): Promise<CompiledPlan> {
    const fetched = plannableDocument(document, definition, { schema: this.apiSchema, variables });
    if (!fetched) return NOTHING;
    return this.compiler.compile(await this.planner.plan(fetched, definition.name?.value ?? null));
  }
}

function unknownOperation(operationName: string | null): PlatformError {
  const reason = operationName === null ? 'holds several operations: name one by operationName' : `has no operation "${operationName}"`;
  return new PlatformError('BAD_USER_INPUT', `The document ${reason}.`);
}
