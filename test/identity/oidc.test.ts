import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { readEnvironment } from '../../platform/env';
import { Attacker } from '../support/attacker';
import { AUDIENCE, startIssuer, type Issuer } from '../support/issuer';

describe('a platform with an OpenID Connect issuer', () => {
  let issuer: Issuer;
  let platform: PlatformProcess;
  beforeAll(async () => {
    issuer = await startIssuer();
    platform = await startPlatform({ env: {
      WORKERS: '0', OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE, OIDC_ROLES_CLAIM: 'realm.groups', OIDC_GRANTS: 'ml-team=default:DEVELOPER, ops=operator',
    } });
  }, 60_000);
  afterAll(async () => {
    await platform?.stop();
    await issuer?.close();
  });

  const as = async (sub: string, groups: string[]) => new Attacker(platform.url, await issuer.token({ sub, name: sub, realm: { groups } }));

  it('gives people the roles of their groups, and rows their names', async () => {
    const [ada, bob] = [await as('Ada', ['ml-team']), await as('Bob', ['default:VIEWER'])];
    expect((await ada.ask('{ viewer { name isOperator role(namespace: "default") } }')).data).toEqual({ viewer: { name: 'Ada', isOperator: false, role: 'DEVELOPER' } });
    expect(await ada.refusal('mutation { createModel(input: { name: "iris" }) { model { id } } }')).toBeNull();
    expect((await bob.ask('{ model(fullName: "default/iris") { createdBy { name } } }')).data).toEqual({ model: { createdBy: { name: 'Ada' } } });
    expect(await bob.refusal('mutation { createModel(input: { name: "other" }) { model { id } } }')).toBe('FORBIDDEN');
  });

  it('takes those for operators whom the mapping makes so, and who has no group for nobody', async () => {
    expect((await (await as('Root', ['ops'])).ask('{ viewer { isOperator } workers { name } }')).data).toEqual({ viewer: { isOperator: true }, workers: [] });
    const nobody = await as('Eve', ['operator', 'other']);
    expect((await nobody.ask('{ viewer { isOperator role(namespace: "default") namespaces { edges { cursor } } } model(fullName: "default/iris") { id } }')).data)
      .toEqual({ viewer: { isOperator: false, role: null, namespaces: { edges: [] } }, model: null });
  });
});

describe('the configuration of an issuer', () => {
  const faultsOf = (variables: Record<string, string>) => {
    try {
      readEnvironment({ OIDC_ISSUER: 'https://id.example', OIDC_AUDIENCE: 'modelgraph', ...variables });
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each<[string, Record<string, string>]>([
    ['OIDC_AUDIENCE', { OIDC_AUDIENCE: '' }], ['OIDC_ISSUER', { OIDC_ISSUER: 'http://id.example' }], ['OIDC_ISSUER', { OIDC_ISSUER: 'id.example' }],
    ['OIDC_JWKS_URL', { OIDC_JWKS_URL: 'http://id.example/keys' }], ['OIDC_ALGORITHMS', { OIDC_ALGORITHMS: 'RS256,HS256' }], ['OIDC_ALGORITHMS', { OIDC_ALGORITHMS: 'none' }],
    ['OIDC_ALGORITHMS', { OIDC_ALGORITHMS: ',' }], ['OIDC_GRANTS', { OIDC_GRANTS: 'ml-team' }], ['OIDC_GRANTS', { OIDC_GRANTS: 'ml-team=ADMIN' }], ['OIDC_GRANTS', { OIDC_GRANTS: '=operator' }],
    ['OIDC_GRANTS', { OIDC_GRANTS: 'ml-team=*:ADMIN' }],
  ])('is refused with the name of %s: %j', (name, variables) => {
    expect(faultsOf(variables)).toContain(`${name}:`);
  });

  it('is a whole with the issuer and the audience alone, and none without the issuer', () => {
    expect(faultsOf({})).toBeNull();
    expect(readEnvironment({ OIDC_ISSUER: 'https://id.example', OIDC_AUDIENCE: 'modelgraph' }).oidc).toMatchObject({ algorithms: ['RS256', 'ES256', 'EdDSA'], mapping: { claim: 'roles' } });
    expect(readEnvironment({}).oidc).toBeNull();
  });
});
