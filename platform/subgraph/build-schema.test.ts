import { execute, parse } from 'graphql';
import { Directive, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { BOOTSTRAP_ADMIN } from '../caller';
import { buildSubgraphSchema, containerOf, type EntityReference } from './build-schema';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A thing.' })
class Thing {
  @Field(() => ID, { description: 'Its id.' }) id: string;
  @Field(() => String, { description: 'Its name.' }) name: string;
}

@Resolver()
class ThingResolver {
  @Query(() => Thing, { description: 'The first thing.' }) first(): Thing { return { id: '1', name: 'one' }; }
}

const loads: number[] = [];
const { sdl, schema } = buildSubgraphSchema({
  resolvers: [ThingResolver],
  container: containerOf([new ThingResolver()]),
  references: {
    Thing: (references: readonly EntityReference[]) => {
      loads.push(references.length);
      return references.map(({ id }) => (id === 'none' ? null : { id, name: `thing ${String(id)}` }));
    },
  },
});
const scope = { requestId: 'r', caller: BOOTSTRAP_ADMIN, loaders: {} };

describe('a type-graphql subgraph', () => {
  it('prints federation 2 SDL with descriptions and without the federation fields', () => {
    expect(sdl).toContain('@link(url: "https://specs.apollo.dev/federation/v2.9"');
    expect(sdl).toContain('type Thing @key(fields: "id")');
    expect(sdl).toContain('"""Its name."""');
    expect(sdl).not.toMatch(/_entities|directive @key/);
  });

  it('answers its own SDL', async () => {
    expect(await execute({ schema, document: parse('{ _service { sdl } }'), contextValue: scope })).toEqual({ data: { _service: { sdl } } });
  });

  it('loads all references of a type in one call, in order, null where there is none', async () => {
    const document = parse('query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Thing { name } } }');
    const r = ['a', 'none', 'b'].map((id) => ({ __typename: 'Thing', id }));
    const result = await execute({ schema, document, variableValues: { r }, contextValue: scope });
    expect(result.data).toEqual({ _entities: [{ __typename: 'Thing', name: 'thing a' }, null, { __typename: 'Thing', name: 'thing b' }] });
    expect(loads).toEqual([3]);
  });

  it('refuses a reference to a type that is no entity here', async () => {
    const document = parse('{ _entities(representations: [{ __typename: "Other", id: 1 }]) { __typename } }');
    expect((await execute({ schema, document, contextValue: scope })).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});
