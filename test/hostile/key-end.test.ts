import { KEY_CHECK_MS } from '../../gateway/graphql/socket.door';
import { BearerAuthenticator } from '../../gateway/identity/bearer.authenticator';
import { ANSWER_TTL_MS } from '../../gateway/identity/cached.authenticator';
import { IssuerKeys } from '../../gateway/identity/issuer.keys';
import { TokenAuthenticator } from '../../gateway/identity/token.authenticator';
import { silentLog } from '../../platform/log';
import { Attacker } from '../support/attacker';
import { connect, openDoors } from '../support/door.gateway';
import { eventually } from '../support/eventually';
import { AUDIENCE, seconds, startIssuer } from '../support/issuer';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';

it('leaves a socket less than two seconds after its key: what is remembered and the time between two looks', () => {
  expect(ANSWER_TTL_MS + KEY_CHECK_MS).toBeLessThan(2_000);
});

describe('a socket of the platform', () => {
  let platform: PlatformProcess;
  let operator: Attacker;
  beforeAll(async () => {
    platform = await startPlatform({ env: { WORKERS: '0' } });
    operator = new Attacker(platform.url);
  }, 60_000);
  afterAll(() => platform?.stop());

  async function open(expiresAt: string | null) {
    const create = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }';
    const { data } = await operator.ask<{ createApiKey: { secret: string; apiKey: { id: string } } }>(create, { input: { name: 'short', role: 'VIEWER', expiresAt } });
    const { secret, apiKey } = data!.createApiKey;
    const socket = connect(`${platform.url.replace('http', 'ws')}/graphql`, { connectionParams: { authorization: `Bearer ${secret}` } });
    expect((await socket.client.iterate({ query: '{ viewer { name } }' }).next()).value).toMatchObject({ data: { viewer: { name: 'short' } } });
    return { id: apiKey.id, closed: socket.closed };
  }

  it('closes for good when its key is revoked, although it is silent', async () => {
    const { id, closed } = await open(null);
    await operator.ask('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id });
    expect(await closed).toMatchObject({ code: 4401, reason: expect.stringContaining('UNAUTHENTICATED') });
  });

  it('closes for good when its key expires', async () => {
    const expiresAt = new Date(Date.now() + 1_500);
    const { closed } = await open(expiresAt.toISOString());
    expect(await closed).toMatchObject({ code: 4401 });
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
  });
});

it('closes a socket for good when the token it was opened with expires, and ends what runs on it', async () => {
  const issuer = await startIssuer();
  const tokens = new TokenAuthenticator({
    settings: { issuer: issuer.url, audience: AUDIENCE, algorithms: ['RS256'], mapping: { claim: 'roles', grants: {} } },
    keys: new IssuerKeys({ issuer: issuer.url, jwksUrl: null }).find, log: silentLog(), principals: { keep: async () => undefined },
  });
  const doors = await openDoors({ settings: { host: '0.0.0.0' }, authenticator: new BearerAuthenticator({ tokens, keys: { authenticate: async () => null } }) });
  try {
    const { client, closed } = connect(doors.socketUrl, { connectionParams: { authorization: `Bearer ${await issuer.token({ exp: seconds(3) })}` } });
    client.subscribe({ query: 'subscription { ticks(last: 1) }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await eventually(() => expect(doors.tickers[0]?.count).toBe(1));
    expect((await closed).code).toBe(4401);
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
  } finally {
    await doors.close();
    await issuer.close();
  }
});
