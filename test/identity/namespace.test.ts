import { BOOTSTRAP_ADMIN, DEFAULT_NAMESPACE } from '../../platform/caller';
import { createIdentitySubgraph, ensureBootstrap, identityEntities, NamespaceDirectory } from '../../subgraphs/identity';
import { ask, makeCaller } from '../support/ask';
import { freshDatabase, type FreshDatabase } from '../support/postgres';

const create = 'mutation ($name: String!) { createNamespace(input: { name: $name }) { namespace { id name } } }';
const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Namespace { name } ... on Principal { name } } }';

describe('namespaces', () => {
  let fresh: FreshDatabase;
  let subgraph: ReturnType<typeof createIdentitySubgraph>;
  const idOf: Record<string, string> = {};
  const stranger = makeCaller({ blue: 'ADMIN' });

  beforeAll(async () => {
    fresh = await freshDatabase(identityEntities);
    subgraph = createIdentitySubgraph({ database: fresh.database });
    await ensureBootstrap({ database: fresh.database, bootstrapApiKey: null, isLoopback: true });
    for (const name of ['blue', 'red']) idOf[name] = (await ask(subgraph, create, { variables: { name } })).data.createNamespace.namespace.id;
  });
  afterAll(() => fresh.drop());

  it('exist from the first start under one name, and a second start adds nothing', async () => {
    await ensureBootstrap({ database: fresh.database, bootstrapApiKey: null, isLoopback: true });
    const names = (await ask(subgraph, '{ namespaces { edges { node { name } } } }')).data.namespaces.edges.map((edge: { node: { name: string } }) => edge.node.name);
    expect(names.sort()).toEqual(['blue', DEFAULT_NAMESPACE, 'red']);
  });

  it('are made by an operator alone, each name once and well formed', async () => {
    expect((await ask(subgraph, create, { caller: makeCaller({ blue: 'ADMIN' }), variables: { name: 'green' } })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(subgraph, create, { variables: { name: 'red' } })).codes).toEqual(['NAME_TAKEN']);
    for (const name of ['', 'Upper', '-a', 'a/b', 'a'.repeat(65), 'ü']) expect((await ask(subgraph, create, { variables: { name } })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('are invisible to a stranger on every root field', async () => {
    const { data } = await ask(subgraph, '{ red: namespace(name: "red") { id } blue: namespace(name: "blue") { name } namespaces { edges { node { name } } } viewer { red: role(namespace: "red") blue: role(namespace: "blue") namespaces { edges { node { name } } } } }', { caller: stranger });
    const blueAlone = { edges: [{ node: { name: 'blue' } }] };
    expect(data).toEqual({ red: null, blue: { name: 'blue' }, namespaces: blueAlone, viewer: { red: null, blue: 'ADMIN', namespaces: blueAlone } });
  });

  it('are invisible to a stranger as entities, by name and by id alike', async () => {
    const r = [{ name: 'red' }, { id: idOf['red'] }, { name: 'blue' }, { id: idOf['blue'] }, { id: 'no-id' }, { name: 'nowhere' }].map((key) => ({ __typename: 'Namespace', ...key }));
    const { data } = await ask(subgraph, entities, { caller: stranger, variables: { r } });
    expect(data._entities.map((node: { name: string } | null) => node?.name ?? null)).toEqual([null, null, 'blue', 'blue', null, null]);
  });

  it('show API keys and audit events to their admins alone', async () => {
    for (const field of ['apiKeys', 'auditEvents']) {
      const text = `{ namespace(name: "blue") { ${field} { edges { cursor } } } }`;
      expect((await ask(subgraph, text, { caller: makeCaller({ blue: 'DEVELOPER' }) })).codes).toEqual(['FORBIDDEN']);
      expect((await ask(subgraph, text, { caller: makeCaller({ blue: 'ADMIN' }) })).codes).toEqual([]);
    }
  });

  it('page without a gap, newest first', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data } = await ask(subgraph, 'query ($after: String) { namespaces(first: 1, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }', { variables: { after } });
      seen.push(...data.namespaces.edges.map((edge: { node: { name: string } }) => edge.node.name));
      ({ endCursor: after, hasNextPage: more } = data.namespaces.pageInfo);
    }
    expect(seen).toEqual(['red', 'blue', DEFAULT_NAMESPACE]);
    expect((await ask(subgraph, '{ namespaces(first: 101) { edges { cursor } } }')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await ask(subgraph, '{ namespaces(after: "x") { edges { cursor } } }')).codes).toEqual(['CURSOR_INVALID']);
  });

  it('are required by name', async () => {
    const directory = new NamespaceDirectory(fresh.database);
    expect(await directory.require('blue')).toMatchObject({ name: 'blue' });
    await expect(directory.require('nowhere')).rejects.toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
  });

  it('keep the names of their principals to themselves', async () => {
    const key = await ask(subgraph, 'mutation { createApiKey(input: { namespace: "red", name: "secret project", role: VIEWER }) { apiKey { principal { id } } } }');
    const r = [key.data.createApiKey.apiKey.principal.id, BOOTSTRAP_ADMIN.principalId, 'no-id'].map((id: string) => ({ __typename: 'Principal', id }));
    const namesFor = async (caller = BOOTSTRAP_ADMIN) => (await ask(subgraph, entities, { caller, variables: { r } })).data._entities.map((node: { name: string } | null) => node?.name ?? null);
    expect(await namesFor()).toEqual(['secret project', 'bootstrap-admin', null]);
    expect(await namesFor(makeCaller({ red: 'VIEWER' }))).toEqual(['secret project', 'bootstrap-admin', null]);
    expect(await namesFor(stranger)).toEqual([null, 'bootstrap-admin', null]);
  });
});
