import { QueryPlanner, type FlattenNodePathSegment, type PlanNode } from '@graphql-hive/router-query-planner';
import { Kind, print, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { messageOf } from '../../../platform/errors';
import { CutFinder } from './cut-finder';
import { EntryPlanners } from './entry-planners';
import { graftPlan, type Graft } from './graft-plan';
import { addSelections, splitOperation, type Cut, type SplitOperation } from './split-operation';
import { writeOutFragments } from './write-out';

const NO_LABELS: Set<string> = new Set();
/** A cut costs some 3 ms of CPU: an operation that needs more of them than this is refused, so that no document costs more than 50 ms. */
const MAX_CUTS = 16;

interface Attempt {
  readonly planner: QueryPlanner;
  readonly operationName: string | null;
  /** Of the whole operation. */
  readonly budget: { cuts: number };
}

/** Plans operations. One that the planner cannot do at once is planned in parts, each beginning at entities that the rest finds. */
export class PartwisePlanner {
  #planner: QueryPlanner;
  #entries: EntryPlanners | null = null;

  constructor(private readonly supergraphSdl: string, private readonly apiSchema: GraphQLSchema) {
    this.#planner = new QueryPlanner(supergraphSdl);
  }

  plan(document: DocumentNode, operationName: string | null): Promise<PlanNode | null> {
    return this.#plan(document, { planner: this.#planner, operationName, budget: { cuts: MAX_CUTS } });
  }

  /** Off the event loop, since a large operation takes the planner milliseconds. */
  async #plan(document: DocumentNode, attempt: Attempt): Promise<PlanNode | null> {
    try {
      return (await attempt.planner.planAsync(print(document), attempt.operationName, NO_LABELS, 0)).node ?? null;
    } catch (error) {
      const operation = writeOutFragments(document);
      const entries = (this.#entries ??= new EntryPlanners(this.supergraphSdl, this.apiSchema));
      const cut = operation && new CutFinder(entries.schema, entries.facts).find(operation, messageOf(error));
      const split = cut && splitOperation(operation, cut, entries.schema);
      const canEnter = split && [...split.parts.keys()].every((typeName) => entries.facts.keys.has(typeName));
      if (!canEnter || attempt.budget.cuts-- <= 0) throw error;
      return this.#planParts(split, cut, { ...attempt, entries });
    }
  }

  async #planParts({ rest, parts }: SplitOperation, cut: Cut, attempt: Attempt & { entries: EntryPlanners }): Promise<PlanNode | null> {
    const { entries, budget } = attempt;
    const planner = entries.get(cut.field);
    const grafts = await Promise.all([...parts].map(async ([typeName, part]): Promise<Graft & { typeName: string }> => {
      const place: FlattenNodePathSegment[] = [...cut.path.map((Field) => ({ Field })), { TypeCondition: [typeName] }];
      const plan = await this.#plan(documentOf(part), { planner, operationName: null, budget });
      return { typeName, ...(plan ? graftPlan(plan, place) : { node: null, needed: [] }) };
    }));
    let asked = rest;
    for (const { typeName, needed } of grafts) {
      for (const selectionSet of needed) asked = addSelections(asked, cut.path, { typeName, selectionSet });
    }
    return inSequence(await this.#plan(documentOf(asked), attempt), grafts.map(({ node }) => node).filter((node) => node !== null));
  }
}

function documentOf(operation: OperationDefinitionNode): DocumentNode {
  return { kind: Kind.DOCUMENT, definitions: [operation] };
}

function inSequence(first: PlanNode | null, then: readonly PlanNode[]): PlanNode | null {
  const nodes = [...(first?.kind === 'Sequence' ? first.nodes : first ? [first] : []), ...then];
  return nodes.length > 0 ? { kind: 'Sequence', nodes } : null;
}
