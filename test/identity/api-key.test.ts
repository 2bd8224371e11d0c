import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { ApiKeyService, AuditLog, createIdentitySubgraph, ensureBootstrap, identityEntities, NamespaceDirectory } from '../../subgraphs/identity';
import { ask, makeCaller } from '../support/ask';
import { freshDatabase, type FreshDatabase } from '../support/postgres';

const create = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id name prefix role lastUsedAt expiresAt createdBy { name } principal { id name } } } }';
const revoke = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id revokedAt } } }';

describe('API keys', () => {
  let fresh: FreshDatabase;
  let keys: ApiKeyService;
  let subgraph: ReturnType<typeof createIdentitySubgraph>;

  beforeAll(async () => {
    fresh = await freshDatabase(identityEntities);
    const { database } = fresh;
    keys = new ApiKeyService(database, new NamespaceDirectory(database), new AuditLog());
    subgraph = createIdentitySubgraph({ database });
    await ensureBootstrap({ database, bootstrapApiKey: null, isLoopback: true });
  });
  afterAll(() => fresh.drop());

  const makeKey = async (input: object = {}) => {
    const { data } = await ask(subgraph, create, { variables: { input: { name: 'ci', role: 'DEVELOPER', ...input } } });
    return data.createApiKey;
  };

  it('shows the secret once and keeps its SHA-256 alone', async () => {
    const { secret, apiKey } = await makeKey();
    expect(secret).toMatch(/^mg_[\w-]{43}$/);
    expect(apiKey).toMatchObject({ name: 'ci', role: 'DEVELOPER', prefix: secret.slice(0, 11), lastUsedAt: null, createdBy: { name: 'bootstrap-admin' } });
    const rows = await fresh.database.query<{ text: string }>({ text: `select k::text as text from api_key k union all select e::text from audit_event e`, values: [] });
    expect(rows.filter(({ text }) => text.includes(secret))).toEqual([]);
  });

  it('turns a secret into a caller with one role in one namespace', async () => {
    const { secret, apiKey } = await makeKey({ role: 'CALLER', name: 'app' });
    expect(await keys.authenticate(secret)).toEqual({ principalId: apiKey.principal.id, name: 'app', isOperator: false, roles: { default: 'CALLER' } });
  });

  it('knows no one by a wrong, an empty or an endless secret', async () => {
    const { secret } = await makeKey();
    for (const wrong of ['', 'mg_', secret.toLowerCase() + 'x', 'x'.repeat(100_000)]) expect(await keys.authenticate(wrong)).toBeNull();
  });

  it('refuses a revoked key, and revoking twice changes nothing', async () => {
    const { secret, apiKey } = await makeKey();
    const first = await ask(subgraph, revoke, { variables: { id: apiKey.id } });
    expect(first.data.revokeApiKey.apiKey.revokedAt).not.toBeNull();
    expect(await keys.authenticate(secret)).toBeNull();
    expect((await ask(subgraph, revoke, { variables: { id: apiKey.id } })).data).toEqual(first.data);
  });

  it('refuses an expired key, and an expiry in the past', async () => {
    const { secret, apiKey } = await makeKey({ expiresAt: new Date(Date.now() + 60_000).toISOString() });
    expect(await keys.authenticate(secret)).not.toBeNull();
    await fresh.database.query({ text: `update api_key set expires_at = now() - interval '1 second' where id = $1`, values: [apiKey.id] });
    expect(await keys.authenticate(secret)).toBeNull();
    const late = await ask(subgraph, create, { variables: { input: { name: 'x', role: 'VIEWER', expiresAt: '2020-01-01T00:00:00Z' } } });
    expect(late.codes).toEqual(['BAD_USER_INPUT']);
  });

  it('writes lastUsedAt at the first use and then at most once a minute', async () => {
    const { secret, apiKey } = await makeKey();
    const lastUsed = async () => (await fresh.database.query<{ at: Date }>({ text: 'select last_used_at as at from api_key where id = $1', values: [apiKey.id] }))[0]!.at;
    await keys.authenticate(secret);
    const first = await lastUsed();
    await keys.authenticate(secret);
    expect(await lastUsed()).toEqual(first);
    await fresh.database.query({ text: `update api_key set last_used_at = now() - interval '61 seconds' where id = $1`, values: [apiKey.id] });
    await keys.authenticate(secret);
    expect((await lastUsed()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  it('is made by an admin of the namespace alone', async () => {
    const input = { namespace: 'default', name: 'x', role: 'VIEWER' };
    expect((await ask(subgraph, create, { caller: makeCaller({ default: 'DEVELOPER' }), variables: { input } })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(subgraph, create, { caller: makeCaller({ other: 'ADMIN' }), variables: { input } })).codes).toEqual(['NAMESPACE_NOT_FOUND']);
    expect((await ask(subgraph, create, { variables: { input: { ...input, namespace: 'nowhere' } } })).codes).toEqual(['NAMESPACE_NOT_FOUND']);
  });

  it('has a name of 1 to 120 characters', async () => {
    for (const name of ['', '   ', 'x'.repeat(121)]) expect((await ask(subgraph, create, { variables: { input: { name, role: 'VIEWER' } } })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('does not exist for a stranger who would revoke it', async () => {
    const { secret, apiKey } = await makeKey();
    expect((await ask(subgraph, revoke, { caller: makeCaller({ other: 'ADMIN' }), variables: { id: apiKey.id } })).codes).toEqual(['API_KEY_NOT_FOUND']);
    expect((await ask(subgraph, revoke, { caller: makeCaller({ default: 'DEVELOPER' }), variables: { id: apiKey.id } })).codes).toEqual(['FORBIDDEN']);
    expect((await ask(subgraph, revoke, { variables: { id: 'no-id' } })).codes).toEqual(['API_KEY_NOT_FOUND']);
    expect(await keys.authenticate(secret)).not.toBeNull();
  });

  describe('of the bootstrap operator', () => {
    const bootstrap = (overrides: object = {}) => ensureBootstrap({ database: fresh.database, bootstrapApiKey: null, isLoopback: false, ...overrides });

    it('is made and shown once when not bound to loopback', async () => {
      const [first, ...later] = [await bootstrap(), await bootstrap(), await bootstrap({ isLoopback: true })];
      expect(later).toEqual([null, null]);
      expect(await keys.authenticate(first!)).toEqual(BOOTSTRAP_ADMIN);
    });

    it('is shown by one of two processes that start together', async () => {
      await fresh.database.query({ text: 'delete from api_key where namespace is null', values: [] });
      const secrets = (await Promise.all([bootstrap(), bootstrap(), bootstrap()])).filter((secret) => secret !== null);
      expect(secrets).toHaveLength(1);
    });

    it('is replaced by the configured one, and cannot be revoked through the graph', async () => {
      const [first, second] = ['f'.repeat(32), 's'.repeat(32)];
      await bootstrap({ bootstrapApiKey: first });
      expect(await keys.authenticate(first)).toMatchObject({ isOperator: true });
      await bootstrap({ bootstrapApiKey: second });
      expect([await keys.authenticate(first), await keys.authenticate(second)]).toMatchObject([null, { isOperator: true }]);
      const [row] = await fresh.database.query<{ id: string }>({ text: 'select id from api_key where namespace is null and revoked_at is null', values: [] });
      expect((await ask(subgraph, revoke, { variables: { id: row!.id } })).codes).toEqual(['API_KEY_NOT_FOUND']);
    });
  });
});
