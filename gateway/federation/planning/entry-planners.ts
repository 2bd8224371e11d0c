import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { extendSchema, getNamedType, isLeafType, isObjectType, parse, type GraphQLSchema } from 'graphql';
import { entryField, withEntries, type EntryFields } from './entry-supergraph';
import { SupergraphFacts } from './supergraph-facts';
import type { Cut } from './split-operation';

/** Planners for the parts of operations; each is made by the first part that needs it. */
export class EntryPlanners {
  readonly facts: SupergraphFacts;
  /** The API schema with the entry fields. */
  readonly schema: GraphQLSchema;
  #planners = new Map<string, QueryPlanner>();

  constructor(supergraphSdl: string, apiSchema: GraphQLSchema) {
    this.facts = new SupergraphFacts(supergraphSdl);
    const fields = [...this.facts.keys.keys()].filter((name) => apiSchema.getType(name)).map((name) => `${entryField(name)}: ${name}`);
    const extension = `extend type ${this.facts.queryName} { ${fields.join(' ')} }`;
    this.schema = fields.length > 0 ? extendSchema(apiSchema, parse(extension), { assumeValid: true }) : apiSchema;
  }

  /** At a part that is one field its entities come with what that field requires, otherwise with their keys alone. */
  get(field: Cut['field']): QueryPlanner {
    const name = field ? `${field.typeName}.${field.name}` : '';
    const known = this.#planners.get(name);
    if (known) return known;
    const planner = new QueryPlanner(withEntries(this.facts, field ? this.#fieldsAt(field) : null));
    this.#planners.set(name, planner);
    return planner;
  }

  #fieldsAt({ typeName, name }: NonNullable<Cut['field']>): EntryFields | null {
    const provided = this.facts.requiredBy(typeName, name);
    const type = this.schema.getType(typeName);
    if (!provided || !isObjectType(type)) return null;
    return { typeName, keys: this.facts.keysAt(typeName, name), provided, isExclusive: isLeafType(getNamedType(type.getFields()[name]?.type)) };
  }
}
