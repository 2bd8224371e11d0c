import type { FetchNode, FlattenNodePathSegment, PlanNode } from '@graphql-hive/router-query-planner';
import { parse, type FieldNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { ENTRY_SUBGRAPH } from './entry-supergraph';

export interface Graft {
  /** Null when nothing is left to fetch. */
  readonly node: PlanNode | null;
  /** What the plan has to know of the entities that it begins at. */
  readonly needed: readonly SelectionSetNode[];
}

/**
 * Brings a plan that begins at an entry field to where the entities really are: what it asks of the entry falls away, since other steps find
 * it, and every path starts at `place` instead of at the entry field.
 */
export function graftPlan(plan: PlanNode, place: readonly FlattenNodePathSegment[]): Graft {
  const needed: SelectionSetNode[] = [];
  const moved = ([, ...below]: readonly FlattenNodePathSegment[]) => [...place, ...below];
  const move = (node: PlanNode): PlanNode | null => {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel': {
        const nodes = node.nodes.map(move).filter((next) => next !== null);
        return nodes.length > 0 ? { kind: node.kind, nodes } : null;
      }
      case 'Flatten':
        if (!asksEntry(node.node)) return { ...node, path: moved(node.path) };
        // Entities below have no entry to ask.
        if (node.path.some((segment, depth) => depth > 0 && (segment === '@' || 'Field' in segment))) throw unexpected(node);
        needed.push(selectionOf(node.node.operation));
        return null;
      case 'BatchFetch': {
        if (node.serviceName === ENTRY_SUBGRAPH) throw unexpected(node);
        const aliases = node.entityBatch.aliases.map((call) => ({ ...call, paths: call.paths.map(moved) }));
        return { ...node, entityBatch: { ...node.entityBatch, aliases } };
      }
      case 'Fetch':
        if (!asksEntry(node)) throw unexpected(node);
        needed.push(selectionOf(node.operation));
        return null;
      case 'Condition':
      case 'Subscription':
      case 'Defer': throw unexpected(node);
      default: return node satisfies never;
    }
  };
  return { node: move(plan), needed };
}

function asksEntry(node: PlanNode): node is FetchNode {
  return node.kind === 'Fetch' && node.serviceName === ENTRY_SUBGRAPH;
}

/** Of the entry field, or of `_entities`. */
function selectionOf(operation: string): SelectionSetNode {
  const { selectionSet } = parse(operation, { noLocation: true }).definitions[0] as OperationDefinitionNode;
  return (selectionSet.selections[0] as FieldNode).selectionSet!;
}

function unexpected({ kind }: PlanNode): Error {
  return new Error(`A plan that begins at an entity holds a ${kind} of its own.`);
}
