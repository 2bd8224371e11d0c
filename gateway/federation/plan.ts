import type { SubgraphClient, SubgraphOperation } from './subgraph-client';
import type { EntityPath } from './entity-path';
import type { RepresentationRule } from './representation';
import type { Rewrite } from './rewrite';
import type { TypeNames } from './type-conditions';

/** What the executor runs: the planner's nodes with everything looked up, parsed and serialised that one plan needs only once. */
export type Step = SequenceStep | ParallelStep | RootStep | EntityStep;

export interface SequenceStep {
  readonly kind: 'sequence';
  readonly steps: readonly Step[];
}

export interface ParallelStep {
  readonly kind: 'parallel';
  readonly steps: readonly Step[];
}

export interface Fetch {
  readonly subgraph: SubgraphClient;
  readonly operation: SubgraphOperation;
  /** The client's variables that the operation reads. */
  readonly variableNames: readonly string[];
}

/** Fields of Query, Mutation or Subscription. */
export interface RootStep extends Fetch {
  readonly kind: 'root';
  readonly outputRewrites: readonly Rewrite[];
  /** Response keys, where an answer without data leaves a hole. */
  readonly rootKeys: readonly string[];
  /** Those keys as they are called after the rewrites. */
  readonly asked: ReadonlySet<string>;
}

/** Further fields of entities that earlier steps found, in one call of `_entities` or several aliases of it. */
export interface EntityStep extends Fetch {
  readonly kind: 'entities';
  readonly lookups: readonly EntityLookup[];
}

export interface EntityLookup {
  /** Response key of this `_entities` call. */
  readonly alias: string;
  /** The variable that takes its representations; lookups may share one. */
  readonly variable: string;
  /** Where the entities are. */
  readonly paths: readonly EntityPath[];
  readonly representation: RepresentationRule;
  readonly outputRewrites: readonly Rewrite[];
  /** The keys of an entity that are asked for, as they are called after the rewrites. */
  readonly asked: ReadonlySet<string>;
  /** Names that an entity may have instead of its type's, until this lookup tells it. */
  readonly provisionalTypes: TypeNames;
}
