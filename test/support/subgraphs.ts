import { buildASTSchema, GraphQLError, isObjectType, Kind, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { BOOTSTRAP_ADMIN, type RequestScope } from '../../platform/caller';

export const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@inaccessible"])\n`;

export type Resolver = (parent: never, parameters: never, context: TestContext) => unknown;
export type Resolvers = Record<string, Record<string, Resolver | { subscribe: Resolver; resolve?: Resolver }>>;
export interface Reference { __typename: string; [key: string]: unknown }

export interface TestContext extends RequestScope {
  readonly loaders: object;
}

/** A handwritten subgraph: SDL, resolvers by type and field, and one reference resolver per entity. */
export interface TestSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  readonly context: (scope: RequestScope) => TestContext;
  /** How often a context, and so an execution, was made. */
  readonly executions: () => number;
}

export const TEST_SCOPE: RequestScope = { requestId: 'request-1', caller: BOOTSTRAP_ADMIN };

export function makeSubgraph({ name, sdl, resolvers = {}, references = {} }: {
  name: string;
  sdl: string;
  resolvers?: Resolvers;
  references?: Record<string, (reference: Reference, context: TestContext) => unknown>;
}): TestSubgraph {
  // A reference to an entity interface is answered by one of its types.
  const entities = Object.keys(references).filter((type) => !new RegExp(`interface ${type}\\b`).test(sdl));
  const federation = entities.length > 0
    ? `scalar _Any union _Entity = ${entities.join(' | ')} extend type Query { _entities(representations: [_Any!]!): [_Entity]! }` : '';
  const schema = makeSchema(`${sdl}\n${federation}`, {
    ...resolvers,
    Query: {
      ...resolvers['Query'],
      _entities: ((_: never, { representations }: { representations: Reference[] }, context: TestContext) =>
        representations.map((reference) => resolveReference(references, reference, context))) as unknown as Resolver,
    },
  });
  let executions = 0;
  const context = (scope: RequestScope): TestContext => {
    executions += 1;
    return { ...scope, loaders: { number: executions } };
  };
  return { name, sdl: LINK + sdl, schema, context, executions: () => executions };
}

async function resolveReference(
  references: Record<string, (reference: Reference, context: TestContext) => unknown>, reference: Reference, context: TestContext,
): Promise<unknown> {
  const resolve = references[reference.__typename];
  if (!resolve) throw new GraphQLError(`${reference.__typename} is no entity here.`);
  const entity = await resolve(reference, context);
  return entity === null ? null : Object.assign(Object.create(entity as object) as object, { __typename: (entity as Partial<Reference>).__typename ?? reference.__typename });
}

/** A graphql-js schema of SDL whose federation directives mean nothing; abstract types are told by `__typename`. */
export function makeSchema(sdl: string, resolvers: Resolvers): GraphQLSchema {
  const schema = buildASTSchema(mergeExtensions(parse(sdl)), { assumeValidSDL: true });
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) continue;
    for (const [fieldName, resolver] of Object.entries(fields)) {
      const field = type.getFields()[fieldName];
      if (field) Object.assign(field, typeof resolver === 'function' ? { resolve: resolver } : resolver);
    }
  }
  return schema;
}

/** `buildASTSchema` knows no extensions: those of Query are folded into it. */
function mergeExtensions(document: DocumentNode): DocumentNode {
  const extensions = document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_EXTENSION);
  const definitions = document.definitions.filter((definition) => definition.kind !== Kind.OBJECT_TYPE_EXTENSION).map((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return definition;
    const further = extensions.filter(({ name }) => name.value === definition.name.value);
    return { ...definition, fields: [...(definition.fields ?? []), ...further.flatMap(({ fields }) => fields ?? [])] };
  });
  return { ...document, definitions };
}

/** Events that a test sends by hand; counts who listens and who has left. */
export class EventSource<Event> {
  readonly #readers = new Set<(event: Event) => void>();
  opened = 0;

  get listenerCount(): number {
    return this.#readers.size;
  }

  emit(event: Event): void {
    for (const read of this.#readers) read(event);
  }

  open(): AsyncIterableIterator<Event> {
    const events: Event[] = [];
    const waiting: ((result: IteratorResult<Event>) => void)[] = [];
    const done = { value: undefined, done: true } as const;
    const read = (event: Event): void => {
      const next = waiting.shift();
      if (next) next({ value: event, done: false });
      else events.push(event);
    };
    this.#readers.add(read);
    this.opened += 1;
    return {
      next: () => (events.length > 0 ? Promise.resolve({ value: events.shift()!, done: false }) : new Promise((resolve) => { waiting.push(resolve); })),
      return: () => {
        this.#readers.delete(read);
        for (const resolve of waiting) resolve(done);
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]() { return this; },
    };
  }
}
