import { HostGuard, type HostGuardSettings } from './host-guard';

const guard = (overrides: Partial<HostGuardSettings> = {}, port = 4000) =>
  new HostGuard({ host: '127.0.0.1', publicUrl: null, allowedHosts: [], allowedOrigins: [], ...overrides }, port);
const passes = (host: string | undefined, origin?: string, settings: Partial<HostGuardSettings> = {}) => {
  try {
    guard(settings).check({ headers: { host, origin }, rawHeaders: [], url: '/' });
    return true;
  } catch {
    return false;
  }
};

describe('HostGuard', () => {
  it.each(['localhost:4000', '127.0.0.1:4000', '[::1]:4000', 'LOCALHOST:4000'])('lets %s in', (host) => {
    expect(passes(host)).toBe(true);
  });

  it.each([undefined, '', 'evil.example:4000', '127.0.0.1.evil.example:4000', 'localhost', 'localhost:4001', 'localhost.:4000', 'evil@localhost:4000', '0.0.0.0:4000'])(
    'refuses the host %s', (host) => {
      expect(passes(host)).toBe(false);
    },
  );

  it('lets in the host of the public URL, those on the list, and the address it is bound to', () => {
    expect(passes('models.example', undefined, { publicUrl: 'https://models.example' })).toBe(true);
    expect(passes('gpu-1:4000', undefined, { allowedHosts: ['gpu-1'] })).toBe(true);
    expect(passes('gpu-1:4000', undefined, { allowedHosts: ['gpu-1:80'] })).toBe(false);
    expect(passes('10.0.0.7:4000', undefined, { host: '10.0.0.7' })).toBe(true);
    expect(passes('0.0.0.0:4000', undefined, { host: '0.0.0.0' })).toBe(false);
  });

  it.each(['http://localhost:4000', 'https://localhost:4000'])('lets in a page of our own, %s', (origin) => {
    expect(passes('localhost:4000', origin)).toBe(true);
  });

  it.each(['http://evil.example', 'http://localhost:3000', 'http://127.0.0.1:4000', 'null', '', 'http://localhost:4000.evil.example', 'ftp://localhost:4000', 'chrome-extension://localhost:4000'])(
    'refuses a page of the origin %s', (origin) => {
      expect(passes('localhost:4000', origin)).toBe(false);
    },
  );

  it('lets in the origins on the list and those alone', () => {
    const settings = { allowedOrigins: ['https://app.example'] };
    expect(passes('localhost:4000', 'https://app.example', settings)).toBe(true);
    expect(passes('localhost:4000', 'http://app.example', settings)).toBe(false);
  });
});
