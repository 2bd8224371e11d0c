import { BOOTSTRAP_ADMIN, type Caller } from '../../platform/caller';
import { ANONYMOUS, Identification, type Credentials } from './identification';

const ada: Caller = { principalId: 'ada', name: 'Ada', isOperator: false, roles: { default: 'CALLER' } };
const keys = { authenticate: async (secret: string) => (secret === 'valid' ? ada : null) };
const credentials = (overrides: Partial<Credentials> = {}): Credentials => ({ authorization: undefined, remoteAddress: '127.0.0.1', headers: {}, ...overrides });
const onLoopback = new Identification(keys, { demandsKeys: false });
const onNetwork = new Identification(keys, { demandsKeys: true });
const refusal = expect.objectContaining({ code: 'UNAUTHENTICATED' });

describe('Identification', () => {
  it('takes a caller without a key for the bootstrap admin on loopback alone', async () => {
    expect(await onLoopback.identify(credentials())).toBe(BOOTSTRAP_ADMIN);
    await expect(onNetwork.identify(credentials())).rejects.toEqual(refusal);
  });

  it.each([{ remoteAddress: '10.0.0.9' }, { remoteAddress: undefined }, { headers: { 'x-forwarded-for': '10.0.0.9' } }, { headers: { forwarded: 'for=10.0.0.9' } }])(
    'demands a key on loopback from who comes from elsewhere: %j', async (overrides) => {
      await expect(onLoopback.identify(credentials(overrides))).rejects.toEqual(refusal);
    },
  );

  it('knows the holder of a key', async () => {
    expect(await onLoopback.identify(credentials({ authorization: 'Bearer valid' }))).toBe(ada);
    expect(await onNetwork.identify(credentials({ authorization: 'bearer  valid ' }))).toBe(ada);
  });

  it.each(['Bearer wrong', 'Bearer ', '', 'valid', 'Basic dmFsaWQ6', 'Bearer valid wrong'])('refuses the authorization "%s" also on loopback', async (authorization) => {
    await expect(onLoopback.identify(credentials({ authorization }))).rejects.toEqual(refusal);
    await expect(onLoopback.identifyBearerOfUrl(credentials({ authorization }))).rejects.toEqual(refusal);
  });

  it('gives the bearer of a signed URL no role', async () => {
    expect(await onNetwork.identifyBearerOfUrl(credentials())).toBe(ANONYMOUS);
  });
});
