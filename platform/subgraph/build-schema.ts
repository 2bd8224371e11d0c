import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  extendSchema, DirectiveLocation, GraphQLBoolean, GraphQLDirective, GraphQLError, GraphQLNonNull, GraphQLString,
  isUnionType, parse, specifiedDirectives, type GraphQLSchema,
} from 'graphql';
import { buildSchemaSync, type BuildSchemaOptions, type ClassType, type NonEmptyArray } from 'type-graphql';
import { groupBy } from '../collection/group-by';
import { costDirectives, declarePageSizes } from './cost-directives';
import type { SubgraphContext } from './subgraph';

export interface EntityReference {
  __typename: string;
  [key: string]: unknown;
}

/** Loads all references of one type that a request holds in one call; null where there is no such node or the caller may not see it. */
export type ReferenceLoader<Context extends SubgraphContext = SubgraphContext> = (
  references: readonly EntityReference[], context: Context,
) => Promise<readonly (object | null)[]> | readonly (object | null)[];

export interface SubgraphSchemaOptions {
  /** Resolver classes; type-graphql keeps global metadata, so every subgraph names its own. */
  resolvers: NonEmptyArray<ClassType>;
  /** Object types that no resolver returns but that this subgraph defines. */
  orphanedTypes?: ClassType[];
  /** The type-graphql container: hands out the wired resolver instances. */
  container: NonNullable<BuildSchemaOptions['container']>;
  scalarsMap?: BuildSchemaOptions['scalarsMap'];
  /** One loader per entity type that has an `@key` here. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each subgraph narrows the context to its own loaders
  references: Readonly<Record<string, ReferenceLoader<any>>>;
}

const fieldSet = { fields: { type: new GraphQLNonNull(GraphQLString) } };
const federationDirectives = [
  new GraphQLDirective({
    name: 'key',
    isRepeatable: true,
    locations: [DirectiveLocation.OBJECT, DirectiveLocation.INTERFACE],
    args: { ...fieldSet, resolvable: { type: GraphQLBoolean } },
  }),
  new GraphQLDirective({
    name: 'shareable', isRepeatable: true, locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
  }),
  new GraphQLDirective({ name: 'external', locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION] }),
  new GraphQLDirective({ name: 'requires', locations: [DirectiveLocation.FIELD_DEFINITION], args: fieldSet }),
  new GraphQLDirective({ name: 'provides', locations: [DirectiveLocation.FIELD_DEFINITION], args: fieldSet }),
  // Read by the gateway: how a subscription may be shared, and which answers depend on who asks (gateway/streams).
  new GraphQLDirective({
    name: 'tag', isRepeatable: true, locations: [DirectiveLocation.OBJECT, DirectiveLocation.FIELD_DEFINITION],
    args: { name: { type: new GraphQLNonNull(GraphQLString) } },
  }),
  ...costDirectives,
];

const imports = federationDirectives.map(({ name }) => `"@${name}"`).join(', ');
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])\n\n`;

/**
 * Builds a federation 2 subgraph of type-graphql classes: its SDL, and an executable schema with `_service` and `_entities`
 * (Apollo Federation subgraph specification). Written here because `@apollo/subgraph` depends on an Elastic-licensed package.
 */
export function buildSubgraphSchema(options: SubgraphSchemaOptions): { sdl: string; schema: GraphQLSchema } {
  const { references, ...build } = options;
  const base = buildSchemaSync({
    ...build, pubSub: noPubSub, directives: [...specifiedDirectives, ...federationDirectives], validate: true, skipCheck: true,
  });
  describeRoots(base);
  declarePageSizes(base);
  const sdl = LINK + printFederated(base);
  return { sdl, schema: addFederationFields(base, sdl, references) };
}

/** type-graphql insists on one where there are subscriptions; ours name their own stream by `subscribe`. */
const noPubSub: NonNullable<BuildSchemaOptions['pubSub']> = {
  publish: () => { throw new Error('Hints travel on the event bus.'); },
  subscribe: () => { throw new Error('A subscription names its stream by `subscribe`.'); },
};

/** type-graphql makes the root types itself and leaves them bare. */
const ROOT_DESCRIPTIONS: Readonly<Record<string, string>> = {
  Query: 'What can be read. What the caller may not see is answered as if it did not exist.',
  Mutation: 'What can be changed. Each mutation takes one `input`, is kept as an audit event and answers with what it changed.',
  Subscription: 'What can be watched, over a WebSocket (graphql-transport-ws) or Server-Sent Events. A stream ends by itself when nothing more can follow.',
};

function describeRoots(schema: GraphQLSchema): void {
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (root) root.description = ROOT_DESCRIPTIONS[root.name];
  }
}

function printFederated(schema: GraphQLSchema): string {
  const names = federationDirectives.map(({ name }) => name).join('|');
  return printSchemaWithDirectives(schema)
    .replace(new RegExp(`^directive @(${names})\\b.*\\n+`, 'gm'), '')
    .replace(/^schema \{[^}]*\}\n+/m, '')
    .trim() + '\n';
}

function addFederationFields(base: GraphQLSchema, sdl: string, references: SubgraphSchemaOptions['references']): GraphQLSchema {
  const entityNames = Object.keys(references);
  const entities = entityNames.length > 0
    ? `scalar _Any union _Entity = ${entityNames.join(' | ')} extend type Query { _entities(representations: [_Any!]!): [_Entity]! }`
    : '';
  const schema = extendSchema(base, parse(`type _Service { sdl: String! } extend type Query { _service: _Service! } ${entities}`));
  const fields = schema.getQueryType()!.getFields();
  fields['_service']!.resolve = () => ({ sdl });
  if (fields['_entities']) {
    fields['_entities'].resolve = (_root, { representations }: { representations: EntityReference[] }, context: SubgraphContext) =>
      resolveEntities(representations, context, references);
  }
  const union = schema.getType('_Entity');
  if (isUnionType(union)) union.resolveType = (value: { __entity: string }) => value.__entity;
  return schema;
}

/** One loader call per type, whatever the number of representations; answers keep the order of the representations. */
async function resolveEntities(
  representations: readonly EntityReference[], context: SubgraphContext, references: SubgraphSchemaOptions['references'],
): Promise<unknown[]> {
  const answers = new Array<unknown>(representations.length).fill(null);
  const byType = groupBy([...representations.keys()], (position) => String(representations[position]!.__typename));
  await Promise.all([...byType].map(async ([typename, positions]) => {
    const load = Object.hasOwn(references, typename) ? references[typename] : undefined;
    if (!load) throw new GraphQLError(`"${typename}" is not an entity of this subgraph.`, { extensions: { code: 'BAD_USER_INPUT' } });
    const nodes = await load(positions.map((position) => representations[position]!), context);
    positions.forEach((position, index) => { answers[position] = tagged(nodes[index] ?? null, typename); });
  }));
  return answers;
}

/**
 * A copy of the node that also tells its type; the node itself may be shared between requests and stays untouched. Its properties are its
 * own, since type-graphql copies what is no instance of the type's class, and would lose what is only inherited.
 */
function tagged(node: object | null, typename: string): object | null {
  if (node === null) return null;
  return Object.create(
    Object.getPrototypeOf(node) as object, { ...Object.getOwnPropertyDescriptors(node), __entity: { value: typename } },
  ) as object;
}

/** A ten-line container: type-graphql asks it for the instance of each resolver class. */
export function containerOf(instances: readonly object[]): NonNullable<BuildSchemaOptions['container']> {
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  return {
    get(resolverClass) {
      const instance = byClass.get(resolverClass);
      if (!instance) throw new Error(`No instance of ${resolverClass.name} was wired.`);
      return instance;
    },
  };
}
