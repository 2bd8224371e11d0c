import { randomUUID } from 'node:crypto';
import type { Caller } from '../../platform/caller';
import { createIdentitySubgraph, ensureBootstrap, identityEntities, identityService } from '../../subgraphs/identity';
import { ask, makeCaller } from '../support/ask';
import { freshDatabase, type FreshDatabase } from '../support/postgres';

const NAMED = 'query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Principal { id name } } }';

describe('someone who came with a token', () => {
  let fresh: FreshDatabase;
  let identity: ReturnType<typeof identityService>;
  let subgraph: ReturnType<typeof createIdentitySubgraph>;
  beforeAll(async () => {
    fresh = await freshDatabase(identityEntities);
    identity = identityService(fresh.database);
    subgraph = createIdentitySubgraph({ database: fresh.database });
    await ensureBootstrap({ database: fresh.database, bootstrapApiKey: null, isLoopback: true });
  });
  afterAll(() => fresh.drop());

  const person = (overrides: Partial<Caller> = {}): Caller => ({ principalId: randomUUID(), name: 'Ada', isOperator: false, roles: { default: 'DEVELOPER' }, ...overrides });
  const nameFor = async (caller: Caller, { principalId: id }: Caller) => (await ask(subgraph, NAMED, { caller, variables: { ids: [{ __typename: 'Principal', id }] } })).data._entities[0]?.name ?? null;

  it('is named where they have a role, and nowhere else', async () => {
    const ada = person({ roles: { red: 'VIEWER', blue: 'ADMIN' } });
    await identity.keep(ada);
    expect([await nameFor(makeCaller({ red: 'VIEWER' }), ada), await nameFor(makeCaller({ blue: 'VIEWER' }), ada), await nameFor(makeCaller({ green: 'ADMIN' }), ada)]).toEqual(['Ada', 'Ada', null]);
    expect(await nameFor(ada, ada)).toBe('Ada');
  });

  it('stays named where they once had a role, since rows there name them, by the name they have now', async () => {
    const ada = person({ roles: { red: 'ADMIN' } });
    await identity.keep(ada);
    await identity.keep({ ...ada, name: 'Ada Lovelace', roles: { blue: 'VIEWER' } });
    expect([await nameFor(makeCaller({ red: 'VIEWER' }), ada), await nameFor(makeCaller({ blue: 'VIEWER' }), ada)]).toEqual(['Ada Lovelace', 'Ada Lovelace']);
  });

  it('makes keys and is told as their maker', async () => {
    const ada = person({ roles: { default: 'ADMIN' } });
    await identity.keep(ada);
    const create = 'mutation { createApiKey(input: { name: "ci", role: VIEWER }) { apiKey { createdBy { id name } } } }';
    expect((await ask(subgraph, create, { caller: ada })).data).toEqual({ createApiKey: { apiKey: { createdBy: { id: ada.principalId, name: 'Ada' } } } });
  });

  it('is kept once, by many processes at the same moment', async () => {
    const ada = person();
    await Promise.all(Array.from({ length: 10 }, () => identity.keep(ada)));
    expect(await fresh.database.query({ text: 'select name from principal where id = $1', values: [ada.principalId] })).toEqual([{ name: 'Ada' }]);
  });
});
