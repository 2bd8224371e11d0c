import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '../../support/eventually';
import { describeWithGitLfs, GitUser } from '../../support/git';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { externalDataModel, identityModel } from '../../support/onnx';

const MAX_BYTES = 1_000_000;
const SEED = 20_261_124;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** mulberry32: the same cases in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describeWithGitLfs('what a push holds', () => {
  let bench: GitRegistry;
  let eve: GitUser;
  let remote: string;
  let count = 0;

  beforeAll(async () => { bench = await openGitRegistry({ maxBytes: MAX_BYTES, pushMaxBytes: 2_000_000 }); });
  afterAll(() => bench.close());
  beforeEach(async () => {
    eve = new GitUser();
    remote = await bench.makeModel(`default/c${count += 1}`);
    await eve.must('.', 'clone', '-q', remote, 'm');
    eve.write('m/README.md', 'mine');
    await eve.must('m', 'add', '.');
    await eve.must('m', 'commit', '-qm', 'first');
  });
  afterEach(() => eve.remove());

  const model = () => `default/c${count}`;
  const refs = () => eve.must('.', 'ls-remote', remote);
  const quarantines = async () => {
    const { id } = (await bench.ask('query ($m: String!) { model(fullName: $m) { id } }', { m: model() })).data.model;
    return readdirSync(path.join(bench.folder, 'repositories', `${id}.git`, 'objects')).filter((name) => name.includes('incoming'));
  };
  const refusal = async (commit: string) => {
    const { status, output } = await eve.run('m', 'push', '--no-verify', 'origin', `${commit}:refs/heads/main`);
    expect([status !== 0, await refs(), await quarantines()]).toEqual([true, '', []]);
    return output.replace(/\s*\nremote: /g, '\nremote: ');
  };
  const make = async (type: string, bytes: Buffer) => {
    eve.write('object', bytes);
    return (await eve.must('m', 'hash-object', '-t', type, '--literally', '-w', eve.folder('object'))).trim();
  };
  const treeOf = (entries: [mode: string, name: string | Buffer, id: string][]) => make('tree', Buffer.concat(entries.map(([mode, name, id]) => Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')]))));
  const commitOf = async (tree: string) => (await eve.must('m', 'commit-tree', tree, '-m', 'made')).trim();
  const commitOfFile = async (name: string | Buffer) => commitOf(await treeOf([['100644', name, await make('blob', Buffer.from('x'))]]));
  const commit = async (file: string, content: string | Buffer) => {
    eve.write(`m/${file}`, content);
    await eve.must('m', 'add', '--force', file);
    await eve.must('m', 'commit', '-qm', file);
  };

  it.each([
    ['a right-to-left override', 'gnp.\u202Exnno'], ['a zero-width space', 'mod\u200Bel.onnx'], ['an escape sequence', 'a\u001b[2Jb'], ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe])], ['an overlong slash', Buffer.from([0x2e, 0x2e, 0xc0, 0xaf])],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])], ['full-width dots', '\uFF0E\uFF0E'], ['letters that are not composed', 'cafe\u0301'], ['a line separator', 'a\u2028b'], ['.git that HFS+ would read', '.g\u200Cit'],
    ['the short name of .git', 'git~1'], ['a stream of NTFS', '.git::$INDEX_ALLOCATION'], ['.git with a space', '.git '], ['a device', 'aux.onnx'], ['a new line', 'a\nb'], ['a name of 300 bytes', 'x'.repeat(300)],
  ])('may not be named with %s', async (_what, name) => {
    expect(await refusal(await commitOfFile(name))).toMatch(/Push refused: ".*"|fsck error|unpacker error|abnormal exit/);
  });

  it.each([['/etc/passwd'], ['../../escape'], ['.'], ['..'], ['.git'], ['.GIT']])('may not lie at %s', async (name) => {
    expect(await refusal(await commitOfFile(name))).toMatch(/unpacker error|abnormal exit|Push refused/);
  });

  it('may not be two files that are one where case does not count', async () => {
    const blob = await make('blob', Buffer.from('x'));
    const made = await commitOf(await treeOf([['100644', 'Model.onnx', blob], ['100644', 'model.onnx', blob]]));
    expect(await refusal(made)).toContain('are one on a system that does not tell upper from lower case');
  });

  it('may not be trees that name each other to a thousand million files', async () => {
    let id = await make('blob', Buffer.from('x'));
    for (let level = 0; level < 9; level += 1) {
      const mode = level === 0 ? '100644' : '40000';
      id = await treeOf(Array.from({ length: 10 }, (_, at) => [mode, `${at}`, id]));
    }
    expect(await refusal(await commitOf(id))).toContain('its commits bring more than 20000 files');
  });

  it('may not lie a thousand folders deep', async () => {
    let id = await treeOf([['100644', 'f', await make('blob', Buffer.from('x'))]]);
    for (let level = 0; level < 1_000; level += 1) {
      const bytes = Buffer.concat([Buffer.from('40000 d\0'), Buffer.from(id, 'hex')]);
      id = createHash('sha1').update(`tree ${bytes.length}\0`).update(bytes).digest('hex');
      eve.write(`trees/${level}`, bytes);
    }
    const paths = Array.from({ length: 1_000 }, (_, level) => eve.folder(`trees/${level}`));
    await eve.must('m', 'hash-object', '-t', 'tree', '--literally', '-w', ...paths);
    expect(await refusal(await commitOf(id))).toContain('its folders lie more than 512 deep');
  });

  it('may not be a model that Git has packed from far more than a model may have', async () => {
    await commit('model.onnx', Buffer.alloc(50 * MAX_BYTES));
    expect(await refusal('HEAD')).toContain('UPLOAD_TOO_LARGE');
    expect(await bench.versions(model())).toEqual([]);
  });

  it('may be a model with weights elsewhere, which becomes REJECTED and reads nothing', async () => {
    await commit('model.onnx', externalDataModel('../../../../etc/passwd'));
    expect(await eve.must('m', 'push', 'origin', 'main')).toMatch(/REJECTED, MODEL_\w+: /);
    expect(await bench.versions(model())).toMatchObject([{ state: 'REJECTED' }]);
  });

  it('may say of its time and its author what it likes, and spoils no page of the history', async () => {
    const tree = (await eve.must('m', 'rev-parse', 'HEAD^{tree}')).trim();
    const forged = `\0${'f'.repeat(40)}\n1\nadmin\nforged`;
    const made = await make('commit', Buffer.from(`tree ${tree}\nauthor E\u202Eve <e@e> 1 +0000\ncommitter Eve <e@e> 99999999999999 +0000\n\nfirst${forged}\u001b[2J`));
    const pushed = await eve.run('m', 'push', '--no-verify', 'origin', `${made}:refs/heads/main`);
    const { data, codes } = await bench.ask('query ($m: String!) { model(fullName: $m) { commits { edges { node { id message committedAt } } } } }', { m: model() });
    expect(codes).toEqual([]);
    const nodes = data.model.commits.edges.map(({ node }: { node: { id: string; message: string } }) => node);
    expect(nodes).toEqual(pushed.status === 0 ? [expect.objectContaining({ id: made, message: 'first' })] : []);
  });

  it.each([
    ['of another size than what was sent', (digest: string, size: number) => `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${size + 1}\n`],
    ['with a line before it', (digest: string, size: number) => `version https://git-lfs.github.com/spec/v1\next-0-x sha256:${digest}\noid sha256:${'b'.repeat(64)}\nsize ${size}\n`],
  ])('may not be a pointer %s', async (_what, pointerOf) => {
    await commit('data/weights.bin', pointerOf(sha256(identityModel()), identityModel().length));
    expect(await refusal('HEAD')).toContain('was not uploaded to this repository');
  });

  it.each([
    ['upper case', (digest: string) => digest.toUpperCase(), 10], ['a path', () => '../../../../etc/passwd', 10], ['another hash', (digest: string) => digest.slice(0, 40), 10],
    ['a negative size', (digest: string) => digest, -1], ['a size in words', (digest: string) => digest, 'ten'],
  ])('that looks like a pointer with %s is a file of text, which is no model', async (_what, oid, size) => {
    await bench.push(model(), identityModel());
    await eve.must('m', 'pull', '-q', '--rebase', 'origin', 'main');
    // Past the filters, which would make a pointer of it.
    const blob = await make('blob', Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid(sha256(identityModel()))}\nsize ${size}\n`));
    await eve.must('m', 'update-index', '--cacheinfo', `100644,${blob},model.onnx`);
    await eve.must('m', 'commit', '-qm', 'forged');
    await eve.run('m', 'push', '--no-verify', 'origin', 'HEAD:refs/heads/main');
    expect((await bench.versions(model()))[0]).toMatchObject({ number: 2, state: 'REJECTED', digest: expect.not.stringContaining(sha256(identityModel())) as string });
  });

  describe('on the wire', () => {
    const send = async (service: string, body: Buffer, headers: Record<string, string> = {}) => {
      const { origin, pathname, password } = new URL(remote);
      const response = await fetch(`${origin}${pathname}/git-${service}`, {
        method: 'POST', body, headers: { authorization: `Bearer ${password}`, 'content-type': `application/x-git-${service}-request`, ...headers },
      });
      return { status: response.status, text: await response.text() };
    };

    it.each([['receive-pack'], ['upload-pack']])('may not unpack to more than %s reads', async (service) => {
      const bomb = gzipSync(Buffer.alloc(64_000_000, '0032want '));
      expect((await send(service, bomb, { 'content-encoding': 'gzip' })).status).toBeLessThan(500);
      expect([await refs(), await quarantines()]).toEqual(['', []]);
    });

    it('may be cut or flipped anywhere, in a hundred ways, and moves no ref', async () => {
      const head = (await eve.must('m', 'rev-parse', 'HEAD')).trim();
      const line = `${'0'.repeat(40)} ${head} refs/heads/main\0report-status`;
      const pack = await eve.pack('m', head);
      const whole = Buffer.concat([Buffer.from(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`, 'latin1'), pack]);
      const random = randomOf(SEED);
      const cases = Array.from({ length: 100 }, (_, at) => {
        if (at % 2) return whole.subarray(0, random(whole.length - 1));
        const flipped = Buffer.from(whole);
        const byte = random(whole.length);
        flipped[byte] = flipped[byte]! ^ (1 << random(8));
        return flipped;
      });
      for (const body of cases) expect([200, 400]).toContain((await send('receive-pack', body)).status);
      const left = await refs();
      expect(left.split('\n').filter((ref) => ref && !ref.startsWith(head))).toEqual([]);
      await eventually(async () => expect(await quarantines()).toEqual([]));
      expect((await send('receive-pack', randomBytes(1_000))).status).toBeLessThan(500);
      await eve.must('m', 'push', '-q', 'origin', 'HEAD:refs/heads/after');
    });

    it.each([
      ['%E2%80%AEm.git'], ['c1%00.git'], ['..%2Fc1.git'], ['%C0%AE%C0%AE/c1.git'], ['\uFF0E\uFF0E/c1.git'], ['C1.git'], ['c1.git%2F..%2Fc1.git'], ['c1%0d%0ax.git'], ['\u04411.git'],
    ])('knows no repository called %s', async (name) => {
      const { origin, password } = new URL(remote);
      const response = await fetch(`${origin}/git/default/${name}/info/refs?service=git-upload-pack`, { headers: { authorization: `Bearer ${password}` } });
      expect([400, 404]).toContain(response.status);
      expect(await response.text()).not.toContain('# service=git');
    });
  });
});
