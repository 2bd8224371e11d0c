import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { AuditLog, createIdentitySubgraph, ensureBootstrap, identityEntities } from '../../subgraphs/identity';
import { ask } from '../support/ask';
import { freshDatabase, type FreshDatabase } from '../support/postgres';

describe('audit events', () => {
  let fresh: FreshDatabase;
  let subgraph: ReturnType<typeof createIdentitySubgraph>;

  beforeAll(async () => {
    fresh = await freshDatabase(identityEntities);
    subgraph = createIdentitySubgraph({ database: fresh.database });
    await ensureBootstrap({ database: fresh.database, bootstrapApiKey: null, isLoopback: true });
  });
  afterAll(() => fresh.drop());

  const eventsOf = async (namespace: string) => {
    const text = 'query ($name: String!) { namespace(name: $name) { auditEvents { edges { node { action subjectType subjectId details principal { name } } } } } }';
    return (await ask(subgraph, text, { variables: { name: namespace } })).data.namespace.auditEvents.edges.map((edge: { node: object }) => edge.node);
  };

  it('follow every mutation of the schema', async () => {
    const namespace = (await ask(subgraph, 'mutation { createNamespace(input: { name: "team" }) { namespace { id } } }')).data.createNamespace.namespace;
    const { apiKey } = (await ask(subgraph, 'mutation { createApiKey(input: { namespace: "team", name: "ci", role: CALLER }) { apiKey { id } } }')).data.createApiKey;
    await ask(subgraph, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { variables: { id: apiKey.id } });
    const events = await eventsOf('team');
    expect(events).toMatchObject([
      { action: 'revokeApiKey', subjectType: 'ApiKey', subjectId: apiKey.id, principal: { name: 'bootstrap-admin' } },
      { action: 'createApiKey', subjectType: 'ApiKey', subjectId: apiKey.id, details: { name: 'ci', role: 'CALLER' } },
      { action: 'createNamespace', subjectType: 'Namespace', subjectId: namespace.id },
    ]);
    const actions = events.map(({ action }: { action: string }) => action).sort();
    expect(actions).toEqual(Object.keys(subgraph.schema.getMutationType()!.getFields()).sort());
  });

  it('vanish with a change that was rolled back', async () => {
    const before = await eventsOf('team');
    const scope = { requestId: 'r', caller: BOOTSTRAP_ADMIN };
    await expect(fresh.database.transaction(async (manager) => {
      await new AuditLog().record(manager, { scope, namespace: 'team', action: 'x', subjectType: 'X', subjectId: '1' });
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await eventsOf('team')).toEqual(before);
  });

  it('are written many at once', async () => {
    const scope = { requestId: 'r', caller: BOOTSTRAP_ADMIN };
    const entry = (subjectId: string) => ({ scope, namespace: 'default', action: 'many', subjectType: 'X', subjectId });
    await fresh.database.transaction((manager) => new AuditLog().record(manager, ['1', '2', '3'].map(entry)));
    await fresh.database.transaction((manager) => new AuditLog().record(manager, []));
    expect((await eventsOf('default')).map(({ subjectId }: { subjectId: string }) => subjectId).sort()).toEqual(['1', '2', '3']);
  });
});
