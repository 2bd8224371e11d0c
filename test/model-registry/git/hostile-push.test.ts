import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { eventually } from '../../support/eventually';
import { describeWithGitLfs, GitUser } from '../../support/git';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { identityModel, mlpModel } from '../../support/onnx';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const pointerOf = (digest: string, size: number) => `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${size}\n`;

describeWithGitLfs('a hostile push', () => {
  let bench: GitRegistry;
  let eve: GitUser;
  let remote: string;
  let count = 0;

  beforeAll(async () => {
    bench = await openGitRegistry({ pushMaxBytes: 200_000, maxBytes: 20_000_000 });
    await bench.insertNamespace('red');
    await bench.insertNamespace('blue');
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    eve = new GitUser();
    remote = await bench.makeModel(`red/h${count += 1}`);
    await eve.must('.', 'clone', '-q', remote, 'm');
    eve.write('m/README.md', 'mine');
    await eve.must('m', 'add', '.');
    await eve.must('m', 'commit', '-qm', 'first');
  });
  afterEach(() => eve.remove());

  const model = () => `red/h${count}`;
  const repository = async () => path.join(bench.folder, 'repositories', `${(await bench.ask('query ($m: String!) { model(fullName: $m) { id } }', { m: model() })).data.model.id}.git`);
  const refs = () => eve.must('.', 'ls-remote', remote);
  const quarantines = async () => readdirSync(path.join(await repository(), 'objects')).filter((name) => name.includes('incoming'));
  const commit = async (file: string, content: string | Buffer) => {
    eve.write(`m/${file}`, content);
    await eve.must('m', 'add', '--force', file);
    await eve.must('m', 'commit', '-qm', file);
  };
  const refusal = async (...refspecs: string[]) => {
    const { status, output } = await eve.run('m', 'push', '--no-verify', 'origin', ...refspecs);
    expect(status).not.toBe(0);
    expect(await quarantines()).toEqual([]);
    return output;
  };

  it.each([
    ['refs/meta/config'], ['refs/replace/0000000000000000000000000000000000000000'], ['refs/notes/commits'], ['refs/tags/v7'], ['refs/remotes/origin/main'],
  ])('cannot make %s', async (ref) => {
    expect(await refusal(`HEAD:${ref}`)).toMatch(/Push refused|funny refname/);
    expect(await refs()).toBe('');
  });

  it('cannot make a symbolic link, not even one that a later commit removes', async () => {
    symlinkSync('/etc/passwd', eve.folder('m/link'));
    await eve.must('m', 'add', '.');
    await eve.must('m', 'commit', '-qm', 'link');
    await eve.must('m', 'rm', '-q', 'link');
    await eve.must('m', 'commit', '-qm', 'gone');
    expect(await refusal('main')).toContain('Push refused: "link" is a symbolic link or a submodule');
    expect(await refs()).toBe('');
  });

  it('cannot make a submodule', async () => {
    const head = (await eve.must('m', 'rev-parse', 'HEAD')).trim();
    await eve.must('m', 'update-index', '--add', '--cacheinfo', `160000,${head},sub`);
    await eve.must('m', 'commit', '-qm', 'sub');
    expect(await refusal('main')).toContain('"sub" is a symbolic link or a submodule');
  });

  it.each([['.lfsconfig'], ['deep/.LFSConfig'], ['.gitmodules']])('cannot bring %s', async (file) => {
    await commit(file, '[lfs]\n\turl = http://evil.example/\n');
    expect(await refusal('main')).toMatch(/would change how other people's Git works|fsck error/);
  });

  it.each([['..'], ['.git'], ['a/b']])('cannot bring a tree with an entry called %s', async (name) => {
    const blob = (await eve.must('m', 'hash-object', '-w', 'README.md')).trim();
    const bytes = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    eve.write('tree', bytes);
    const tree = (await eve.must('m', 'hash-object', '-t', 'tree', '--literally', '-w', eve.folder('tree'))).trim();
    const made = (await eve.must('m', 'commit-tree', tree, '-m', 'escape')).trim();
    expect(await refusal(`${made}:refs/heads/main`)).toMatch(/unpacker error|unpack-objects abnormal exit|index-pack abnormal exit/);
    expect(await refs()).toBe('');
  });

  it('cannot rewrite or delete main', async () => {
    await eve.must('m', 'push', '-q', 'origin', 'main');
    await eve.must('m', 'commit', '-q', '--amend', '-m', 'otherwise');
    expect(await refusal('+main')).toContain('main only moves forward');
    expect(await refusal(':main')).toContain('main cannot be deleted');
  });

  it('cannot be larger than GIT_PUSH_MAX_BYTES', async () => {
    await commit('noise.bin', randomBytes(250_000));
    expect(await refusal('main')).toMatch(/exceeds maximum|abnormal exit/);
    expect(await refs()).toBe('');
  });

  it('cannot name an LFS object that nobody sent', async () => {
    await commit('model.onnx', pointerOf('a'.repeat(64), 1_000));
    expect(await refusal('main')).toContain(`the LFS object ${'a'.repeat(64)} of 1000 bytes was not uploaded to this repository`);
    expect(await bench.versions(model())).toEqual([]);
  });

  it('cannot take the weights of another tenant, or of another model, by their hash', async () => {
    const weights = mlpModel([16, 8]);
    for (const owner of ['blue', 'red']) {
      await bench.makeModel(`${owner}/secret${count}`);
      await bench.push(`${owner}/secret${count}`, weights);
    }
    await commit('model.onnx', pointerOf(sha256(weights), weights.length));
    expect(await refusal('main')).toContain('was not uploaded to this repository');
    const url = `${remote.replace(/\/\/.*@/, '//')}/info/lfs/objects`;
    const headers = { authorization: `Basic ${Buffer.from(new URL(remote).username + ':' + new URL(remote).password).toString('base64')}`, 'content-type': 'application/vnd.git-lfs+json' };
    const ask = async (operation: string) => (await fetch(`${url}/batch`, { method: 'POST', headers, body: JSON.stringify({ operation, objects: [{ oid: sha256(weights), size: weights.length }, { oid: 'b'.repeat(64), size: 1 }] }) })).json();
    const download = await ask('download') as { objects: { error: object }[] };
    expect(download.objects.map(({ error }) => error)).toEqual([1, 2].map(() => ({ code: 404, message: 'This repository has no such object.' })));
    expect((await ask('upload') as { objects: object[] }).objects[0]).toHaveProperty('actions.upload.href', `${url}/${sha256(weights)}`);
    expect((await fetch(`${url}/${sha256(weights)}`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/${sha256(weights)}/verify`, { method: 'POST', headers, body: JSON.stringify({ oid: sha256(weights), size: weights.length }) })).status).toBe(404);
    expect((await fetch(`${url}/${sha256(weights)}`, { method: 'PUT', headers, body: randomBytes(weights.length) })).status).toBe(400);
    expect((await fetch(`${url}/${sha256(weights)}`, { headers })).status).toBe(404);
  });

  it('leaves nothing when it is killed while it sends weights', async () => {
    const weights = randomBytes(15_000_000);
    await eve.must('m', 'lfs', 'track', '*.onnx');
    await commit('.gitattributes', '*.onnx filter=lfs diff=lfs merge=lfs -text\n');
    await commit('model.onnx', weights);
    const child = eve.start('m', 'push', 'origin', 'main');
    const incoming = path.join(bench.folder, 'incoming');
    await eventually(() => expect(existsSync(incoming) ? readdirSync(incoming) : []).not.toEqual([]), { intervalMs: 1 });
    process.kill(-child.pid!, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await eventually(() => expect(readdirSync(incoming)).toEqual([]));
    expect(await refs()).toBe('');
    expect(await quarantines()).toEqual([]);
    expect(await bench.artifacts.stat(sha256(weights))).toBeNull();
    expect(await bench.versions(model())).toEqual([]);
  });

  it('leaves nothing when its pack breaks off', async () => {
    const url = `${remote.replace(/\/\/.*@/, '//')}/git-receive-pack`;
    const head = (await eve.must('m', 'rev-parse', 'HEAD')).trim();
    const authorization = `Bearer ${new URL(remote).password}`;
    const line = `${'0'.repeat(40)} ${head} refs/heads/main\0report-status`;
    const start = Buffer.from(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000PACK\0\0\0\x02\0\0\0\x09`, 'latin1');
    const aborter = new AbortController();
    const body = new ReadableStream({ start: (controller) => { controller.enqueue(start); } });
    const sent = fetch(url, { method: 'POST', body, signal: aborter.signal, duplex: 'half', headers: { authorization, 'content-type': 'application/x-git-receive-pack-request' } } as RequestInit).catch(() => null);
    await eventually(async () => expect(await quarantines()).not.toEqual([]), { intervalMs: 1 });
    aborter.abort();
    await sent;
    await eventually(async () => expect(await quarantines()).toEqual([]));
    expect(await refs()).toBe('');
  });

  it.each([['VIEWER'], ['CALLER']] as const)('is refused to a %s, who may clone', async (role) => {
    await bench.push(model(), identityModel());
    const reader = await bench.remote(model(), role);
    await eve.must('.', 'clone', '-q', reader, 'read');
    eve.write('read/README.md', 'changed');
    await eve.must('read', 'add', '.');
    await eve.must('read', 'commit', '-qm', 'change');
    const { status, output } = await eve.run('read', 'push', 'origin', 'main');
    expect({ status, output }).toEqual({ status: 128, output: expect.stringMatching(/403/) });
  });

  it('tells a stranger nothing, and who has no key that one is needed', async () => {
    const stranger = await bench.remote('blue/none', 'ADMIN');
    const answers = await Promise.all([model(), 'red/nothing-here'].map((name) => eve.run('.', 'ls-remote', stranger.replace('blue/none', name))));
    expect(answers[0]!.output.replaceAll(model(), 'X')).toBe(answers[1]!.output.replaceAll('red/nothing-here', 'X'));
    const bare = remote.replace(/\/\/.*@/, '//');
    const response = await fetch(`${bare}/info/refs?service=git-upload-pack`);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="modelgraph", charset="UTF-8"']);
    expect((await eve.run('.', 'ls-remote', bare.replace('://', '://ada:wrong@'))).status).not.toBe(0);
  });

  it.each(['HEAD', 'config', 'objects/info/packs', 'info/refs', 'hooks/pre-receive', '../../../etc/passwd', 'objects/info/alternates', 'git-upload-archive'])('reads no file called %s', async (file) => {
    const response = await fetch(`${remote.replace(/\/\/.*@/, '//')}/${file}`, { headers: { authorization: `Bearer ${new URL(remote).password}` } });
    expect(response.status).toBe(404);
  });
});
