import { buildASTSchema, Kind, parse, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode } from 'graphql';
import { CostWeights } from './cost.weights';
import { OperationCost, type CostSchema } from './operation.cost';

/** The schema that costs are read from: of the supergraph's SDL, since the API schema has no directives. */
export function costSchemaOf(sdl: string): CostSchema {
  const schema = buildASTSchema(parse(sdl, { noLocation: true }), { assumeValidSDL: true });
  return { schema, weights: new CostWeights(schema) };
}

/** The costs of a valid document's operations, each worked out when it is first asked for. */
export class DocumentCosts {
  readonly #costs = new Map<OperationDefinitionNode, OperationCost>();

  constructor(private readonly document: DocumentNode, private readonly schema: CostSchema) {}

  of(operation: OperationDefinitionNode): OperationCost {
    const cost = this.#costs.get(operation) ?? new OperationCost(operation, fragmentsOf(this.document), this.schema);
    this.#costs.set(operation, cost);
    return cost;
  }
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}
