import type { BatchFetchNode, FetchNode, FlattenNode, PlanNode } from '@graphql-hive/router-query-planner';
import { parse } from 'graphql';
import { askedKeys, entityKeysOf, rootKeysOf } from './asked-keys';
import { compileEntityPath } from './entity-path';
import type { Fetch, RootStep, EntityStep, Step } from './plan';
import { compileRepresentation } from './representation';
import { compileRewrites } from './rewrite';
import type { SubgraphClient, SubgraphOperation } from './subgraph-client';
import type { TypeConditions } from './type-conditions';

export interface CompiledPlan {
  /** The primary fetch of a subscription, which opens its event stream. */
  readonly source: RootStep | null;
  /** Everything else; of a subscription: what each event still needs. */
  readonly step: Step | null;
}

/** Turns the planner's nodes into steps: clients looked up, operations parsed and serialised, paths and types resolved. */
export class PlanCompiler {
  constructor(
    private readonly clients: ReadonlyMap<string, SubgraphClient>,
    private readonly types: TypeConditions,
  ) {}

  compile(node: PlanNode | null | undefined): CompiledPlan {
    if (!node) return { source: null, step: null };
    if (node.kind === 'Subscription') return { source: this.#root(node.primary), step: null };
    const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [];
    if (first?.kind !== 'Subscription') return { source: null, step: this.#step(node) };
    return { source: this.#root(first.primary), step: { kind: 'sequence', steps: rest.map((next) => this.#step(next)) } };
  }

  #step(node: PlanNode): Step {
    switch (node.kind) {
      case 'Sequence': return { kind: 'sequence', steps: node.nodes.map((next) => this.#step(next)) };
      case 'Parallel': return { kind: 'parallel', steps: node.nodes.map((next) => this.#step(next)) };
      case 'Fetch': return this.#root(node);
      case 'Flatten': return this.#flatten(node);
      case 'BatchFetch': return this.#batch(node);
      // Conditions are decided before planning; subscriptions stand at the top; @defer is no directive of the API.
      case 'Condition':
      case 'Subscription':
      case 'Defer': throw new Error(`The plan holds a ${node.kind} where none is expected.`);
      default: return node satisfies never;
    }
  }

  #root(node: FetchNode): RootStep {
    const fetch = this.#fetch(node);
    const outputRewrites = compileRewrites(node.outputRewrites, this.types);
    const rootKeys = rootKeysOf(fetch.operation);
    return { kind: 'root', ...fetch, outputRewrites, rootKeys, asked: askedKeys(rootKeys, outputRewrites) };
  }

  /** One lookup of entities is a batch of one. */
  #flatten({ path, node }: FlattenNode): EntityStep {
    if (node.kind !== 'Fetch') throw new Error(`The plan flattens a ${node.kind} node.`);
    const fetch = this.#fetch(node);
    const outputRewrites = compileRewrites(node.outputRewrites, this.types);
    const lookup = {
      alias: '_entities', variable: 'representations', paths: [compileEntityPath(path, this.types)],
      representation: compileRepresentation(node.requires ?? [], node.inputRewrites, this.types),
      outputRewrites, asked: askedKeys(entityKeysOf(fetch.operation, '_entities'), outputRewrites), provisionalTypes: this.types.interfaces,
    };
    return { kind: 'entities', ...fetch, lookups: [lookup] };
  }

  #batch(node: BatchFetchNode): EntityStep {
    const fetch = this.#fetch(node);
    const lookups = node.entityBatch.aliases.map((call) => {
      const outputRewrites = compileRewrites(call.outputRewrites, this.types);
      return {
        alias: call.alias, variable: call.representationsVariableName,
        paths: call.paths.map((path) => compileEntityPath(path, this.types)),
        representation: compileRepresentation(call.requires, call.inputRewrites, this.types),
        outputRewrites, asked: askedKeys(entityKeysOf(fetch.operation, call.alias), outputRewrites), provisionalTypes: this.types.interfaces,
      };
    });
    return { kind: 'entities', ...fetch, lookups };
  }

  #fetch(node: FetchNode | BatchFetchNode): Fetch {
    const subgraph = this.clients.get(node.serviceName);
    if (!subgraph) throw new Error(`The plan names the subgraph "${node.serviceName}", which has no client.`);
    const operation = compileOperation(node.operation, node.operationKind ?? 'query');
    return { subgraph, operation, variableNames: node.variableUsages ?? [] };
  }
}

export function compileOperation(text: string, kind: SubgraphOperation['kind']): SubgraphOperation {
  return { text, kind, document: parse(text, { noLocation: true }), bodyPrefix: `{"query":${JSON.stringify(text)}` };
}
