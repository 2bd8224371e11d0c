import { readdirSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../../support/eventually';
import { GitUser } from '../../support/git';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';

const FLUSH = '0000';
const REF = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\0report-status`;
/** A push that goes on for as long as its client likes. */
const START = Buffer.from(`${(REF.length + 4).toString(16).padStart(4, '0')}${REF}${FLUSH}PACK\0\0\0\x02\0\0\0\x09`, 'latin1');

describe('Git exchanges', () => {
  let bench: GitRegistry;
  let ada: string;
  let eve: string;
  let bob: string;
  const clients: AbortController[] = [];

  beforeAll(async () => {
    bench = await openGitRegistry({ exchanges: { perKey: 1, total: 2, waitMs: 300 } });
    ada = await bench.makeModel('default/m');
    [eve, bob] = [await bench.remote('default/m', 'DEVELOPER'), await bench.remote('default/m', 'DEVELOPER')];
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.abort();
    // A quarantine goes a moment before its process does.
    for (const remote of [ada, eve, bob]) await eventually(async () => expect((await refs(remote)).status).toBe(200));
    expect(pushes()).toBe(0);
  });
  afterAll(() => bench.close());

  const repositories = () => path.join(bench.folder, 'repositories');
  const pushes = () => readdirSync(repositories()).filter((name) => name.endsWith('.git'))
    .flatMap((name) => readdirSync(path.join(repositories(), name, 'objects'))).filter((name) => name.includes('incoming')).length;
  const parts = (remote: string) => {
    const { origin, pathname, password } = new URL(remote);
    return { url: `${origin}${pathname}`, headers: { authorization: `Bearer ${password}` } };
  };
  const refs = (remote: string) => fetch(`${parts(remote).url}/info/refs?service=git-upload-pack`, { headers: parts(remote).headers });
  const holdPush = async (remote: string) => {
    const before = pushes();
    const client = new AbortController();
    clients.push(client);
    const { url, headers } = parts(remote);
    const body = new ReadableStream({ start: (controller) => { controller.enqueue(START); } });
    void fetch(`${url}/git-receive-pack`, {
      method: 'POST', body, duplex: 'half', signal: client.signal, headers: { ...headers, 'content-type': 'application/x-git-receive-pack-request' },
    } as RequestInit).catch(() => null);
    await eventually(() => expect(pushes()).toBe(before + 1), { intervalMs: 1 });
  };

  it('of one key wait for each other, then answer 503 with the time to come again, while other keys are served', async () => {
    await holdPush(ada);
    const refused = await refs(ada);
    expect([refused.status, refused.headers.get('retry-after'), await refused.text()]).toEqual([503, '1', expect.stringContaining('at most 1 Git exchanges for a key and 2 in all')]);
    expect((await refs(eve)).status).toBe(200);
  });

  it('of all keys together are limited as well', async () => {
    await holdPush(ada);
    await holdPush(eve);
    expect((await refs(bob)).status).toBe(503);
  });

  it('go on when one that was under way has ended, however it did', async () => {
    await holdPush(ada);
    expect((await refs(ada)).status).toBe(503);
    clients.pop()!.abort();
    await eventually(async () => expect((await refs(ada)).status).toBe(200));
    for (let round = 0; round < 5; round += 1) expect((await refs(ada)).status).toBe(200);
  });

  it('that cannot be had make Git fail with a reason and without a trace', async () => {
    const user = new GitUser();
    try {
      await user.must('.', 'clone', '-q', ada, 'm');
      user.write('m/large.bin', Buffer.alloc(2_000_000, 'x'));
      await user.must('m', 'add', '.');
      await user.must('m', 'commit', '-qm', 'large');
      await holdPush(ada);
      const { status, output } = await user.run('m', 'push', 'origin', 'main');
      expect(status).not.toBe(0);
      expect(output).toContain('503');
      clients.pop()!.abort();
      await eventually(async () => expect((await user.run('m', 'push', 'origin', 'main')).status).toBe(0));
    } finally {
      user.remove();
    }
  });
});
