import { createHash } from 'node:crypto';
import { downloadFile, fileExists, listFiles, listModels, modelInfo } from '@huggingface/hub';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { GitUser } from '../support/git-user';
import { openGitRegistry, type GitRegistry } from '../support/git-registry';
import { addModel, identityModel } from '../support/onnx';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const MODEL = addModel();

let bench: GitRegistry;
let ada: GitUser;
let key: string;
const commits: Record<string, string> = {};

/** `default/echo` with a version by PUT, another that has an alias, files of every kind on main, and a branch. */
beforeAll(async () => {
  bench = await openGitRegistry();
  ada = new GitUser();
  key = await keyIn('default', 'VIEWER');
  const remote = await bench.makeModel('default/echo');
  await bench.push('default/echo', identityModel());
  await bench.push('default/echo', MODEL);
  await bench.inspector.stop();
  await bench.fresh.database.query({ text: `update model_version set state = 'READY' where state = 'INSPECTING'`, values: [] });
  await bench.ask('mutation { setAlias(input: { model: "default/echo", alias: "production", version: 1 }) { alias { name } } updateModel(input: { model: "default/echo", tags: ["ocr", "small"], description: "Says it again" }) { model { id } } }');
  await ada.must('.', '-c', 'filter.lfs.smudge=', '-c', 'filter.lfs.process=', '-c', 'filter.lfs.required=false', 'clone', '-q', remote, 'echo');
  ada.write('echo/README.md', '# Echo\n');
  ada.write('echo/empty.txt', '');
  ada.write('echo/page.html', '<script>alert(1)</script>');
  ada.write('echo/onnx/ä (q).json', '{"a":1}');
  ada.write('echo/big.bin', Buffer.alloc(1_500_000, 'modelgraph'));
  await ada.must('echo', 'add', 'README.md', 'empty.txt', 'page.html', 'onnx', 'big.bin');
  await ada.must('echo', 'commit', '-qm', 'files');
  await ada.must('echo', 'push', '-q', '--no-verify', 'origin', 'main', 'HEAD~1:refs/heads/feature/x', 'HEAD:refs/heads/production');
  for (const [name, rev] of [['main', 'HEAD'], ['v1', 'HEAD~2'], ['v2', 'HEAD~1']] as const) commits[name] = (await ada.must('echo', 'rev-parse', rev)).trim();
}, 60_000);
afterAll(async () => { ada?.remove(); await bench?.close(); });

async function keyIn(namespace: string, role: 'VIEWER' | 'DEVELOPER'): Promise<string> {
  return (await bench.keys.create({ requestId: 'test', caller: BOOTSTRAP_ADMIN }, { namespace, name: `${role} ${namespace}`, role })).secret;
}

const get = (path: string, { method = 'GET', authorization = `Bearer ${key}`, ...headers }: Record<string, string> = {}) => (
  fetch(`${bench.url}/hf/${path}`, { method, headers: { ...(authorization && { authorization }), ...headers } })
);
const file = (path: string, headers?: Record<string, string>) => get(`default/echo/resolve/main/${path}`, headers);
const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer());
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of another API, whose parts each test names */
const json = async (path: string): Promise<any> => (await get(path)).json();

describe('a revision', () => {
  it.each([
    ['main', 'main'], ['HEAD', 'main'], ['v1', 'v1'], ['v2', 'v2'], ['feature%2Fx', 'v2'], ['refs%2Fheads%2Ffeature%2Fx', 'v2'], ['refs%2Ftags%2Fv1', 'v1'],
  ])('%s is the commit it names', async (revision, commit) => {
    expect(await json(`api/models/default/echo/revision/${revision}`)).toMatchObject({ sha: commits[commit] });
  });

  it('is an alias before it is a branch of that name, so that whoever pushes branches takes no alias over', async () => {
    expect(await json('api/models/default/echo/revision/production')).toMatchObject({ sha: commits['v1'] });
  });

  it('is a whole commit id, as long as a branch or tag leads to it', async () => {
    expect(await json(`api/models/default/echo/revision/${commits['v1']}`)).toMatchObject({ sha: commits['v1'] });
    await ada.must('echo', 'commit', '-q', '--allow-empty', '-m', 'lost');
    const lost = (await ada.must('echo', 'rev-parse', 'HEAD')).trim();
    await ada.must('echo', 'push', '-q', '--no-verify', 'origin', 'HEAD:refs/heads/lost');
    expect((await get(`api/models/default/echo/revision/${lost}`)).status).toBe(200);
    await ada.must('echo', 'push', '-q', '--no-verify', 'origin', ':refs/heads/lost');
    await ada.must('echo', 'reset', '-q', '--hard', 'HEAD~1');
    expect((await get(`api/models/default/echo/revision/${lost}`)).headers.get('x-error-code')).toBe('RevisionNotFound');
  });

  it.each(['none', 'v4', 'v01', 'main~1', 'main%5E%7Btree%7D', 'main@%7B0%7D', '-x', 'HEAD:README.md', 'a..b', '%20', 'f'.repeat(40), 'x'.repeat(300), 'refs%2Fheads', '*'])('%s is not found', async (revision) => {
    for (const path of [`api/models/default/echo/revision/${revision}`, `api/models/default/echo/tree/${revision}`, `default/echo/resolve/${revision}/README.md`]) {
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get('x-error-code')]).toEqual([path, 404, 'RevisionNotFound']);
    }
  });
});

describe('a model', () => {
  it('tells its files, and with blobs their sizes and digests', async () => {
    const model = await json('api/models/default/echo');
    expect(model).toMatchObject({ id: 'default/echo', author: 'default', sha: commits['main'], private: true, tags: ['ocr', 'small'] });
    expect(model.siblings).toEqual(['.gitattributes', 'README.md', 'big.bin', 'empty.txt', 'model.onnx', 'onnx/ä (q).json', 'page.html'].map((rfilename) => ({ rfilename })));
    const { siblings } = await json('api/models/default/echo?blobs=true');
    expect(siblings.find((one: { rfilename: string }) => one.rfilename === 'model.onnx')).toMatchObject({ size: MODEL.length, lfs: { sha256: sha256(MODEL), size: MODEL.length } });
  });

  it('without a version is there, and has no main', async () => {
    await bench.makeModel('default/bare');
    expect(await json('api/models/default/bare')).toMatchObject({ id: 'default/bare', sha: null, siblings: [] });
    expect((await get('default/bare/resolve/main/x')).headers.get('x-error-code')).toBe('RevisionNotFound');
  });

  it('tells its branches and tags', async () => {
    const { branches, tags } = await json('api/models/default/echo/refs');
    expect(branches).toContainEqual({ name: 'main', ref: 'refs/heads/main', targetCommit: commits['main'] });
    expect(tags.map(({ name, targetCommit }: Record<string, string>) => [name, targetCommit])).toEqual([['v1', commits['v1']], ['v2', commits['v2']], ['v3', commits['main']]]);
  });
});

describe('a tree', () => {
  it('lists a folder, or all below it, pointers as the files they stand for', async () => {
    const names = async (path: string) => (await json(`api/models/default/echo/tree/${path}`)).map(({ path: name, type }: Record<string, string>) => `${type} ${name}`);
    expect(await names('main/onnx')).toEqual(['file onnx/ä (q).json']);
    expect(await names('main')).toContain('directory onnx');
    expect(await names('main')).not.toContain('file onnx/ä (q).json');
    expect(await names('main?recursive=true')).toEqual(expect.arrayContaining(['directory onnx', 'file onnx/ä (q).json']));
    const [, model] = await json('api/models/default/echo/tree/v2');
    expect(model).toMatchObject({ path: 'model.onnx', size: MODEL.length, lfs: { oid: sha256(MODEL), size: MODEL.length } });
  });

  it('goes on by the Link header, in the commit in which it began', async () => {
    const remote = await bench.makeModel('default/many');
    await ada.must('.', 'clone', '-q', remote, 'many');
    for (let at = 0; at < 1_005; at += 1) ada.write(`many/f/${at}.txt`, `${at}`);
    await ada.must('many', 'add', '.');
    await ada.must('many', 'commit', '-qm', 'many');
    await ada.must('many', 'push', '-q', '--no-verify', 'origin', 'main');
    const first = await get('api/models/default/many/tree/main?recursive=true');
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
    await ada.must('many', 'rm', '-rq', 'f');
    await ada.must('many', 'commit', '-q', '--allow-empty', '-m', 'none');
    await ada.must('many', 'push', '-q', '--no-verify', 'origin', 'main');
    const second = await fetch(next, { headers: { authorization: `Bearer ${key}` } });
    const rows = [...await first.json() as { path: string }[], ...await second.json() as { path: string }[]];
    expect([new Set(rows.map(({ path }) => path)).size, rows.length, second.headers.get('link')]).toEqual([1_006, 1_006, null]);
  });

  it('is not found where there is a file, or nothing', async () => {
    for (const path of ['README.md', 'none', 'onnx/none']) expect((await get(`api/models/default/echo/tree/main/${path}`)).headers.get('x-error-code')).toBe('EntryNotFound');
    expect((await get('api/models/default/echo/tree/main?cursor=-1')).status).toBe(400);
  });
});

describe('a file', () => {
  it('of Git has the id of its blob as ETag, and none of the headers of a link', async () => {
    const answer = await file('README.md');
    expect(await answer.text()).toBe('# Echo\n');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: `"${(await ada.must('echo', 'rev-parse', 'HEAD:README.md')).trim()}"`, 'x-repo-commit': commits['main'], 'content-length': '7', 'accept-ranges': 'bytes',
    });
    expect(answer.headers.get('x-linked-etag')).toBeNull();
  });

  it('of LFS has its digest and its size, also by HEAD', async () => {
    for (const method of ['HEAD', 'GET']) {
      const answer = await file('model.onnx', { method, 'accept-encoding': 'identity' });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        etag: `"${sha256(MODEL)}"`, 'x-linked-etag': `"${sha256(MODEL)}"`, 'x-linked-size': String(MODEL.length), 'content-length': String(MODEL.length), 'x-repo-commit': commits['main'],
      });
      expect(await bytes(answer)).toEqual(method === 'HEAD' ? Buffer.alloc(0) : MODEL);
    }
  });

  it.each([['model.onnx', () => MODEL], ['big.bin', () => Buffer.alloc(1_500_000, 'modelgraph')]])('%s is given in ranges, and refused past its end', async (name, whole) => {
    const size = whole().length;
    for (const [range, start, end] of [['bytes=10-19', 10, 19], [`bytes=${size - 5}-`, size - 5, size - 1], ['bytes=-7', size - 7, size - 1], [`bytes=0-${size * 2}`, 0, size - 1]] as const) {
      const answer = await file(name, { range });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/${size}`]);
      expect((await bytes(answer)).equals(whole().subarray(start, end + 1))).toBe(true);
    }
    for (const range of [`bytes=${size}-`, `bytes=${size}-${size + 1}`, 'bytes=-0']) {
      const answer = await file(name, { range });
      expect([range, answer.status, answer.headers.get('content-range')]).toEqual([range, 416, `bytes */${size}`]);
    }
    for (const range of ['bytes=5-3', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=x-']) expect([range, (await file(name, { range })).status]).toEqual([range, 200]);
  });

  it('may be empty', async () => {
    const answer = await file('empty.txt');
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '0', '']);
    expect((await file('empty.txt', { range: 'bytes=0-' })).status).toBe(416);
  });

  it('is never a page of our origin', async () => {
    const answer = await file('page.html');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', 'content-disposition': 'attachment; filename*=UTF-8\'\'page.html; filename="page.html"',
    });
  });

  it('may have any name', async () => {
    const answer = await file(`onnx/${encodeURIComponent('ä (q).json')}`);
    expect([await answer.text(), answer.headers.get('content-disposition')]).toEqual(['{"a":1}', 'attachment; filename*=UTF-8\'\'%C3%A4%20%28q%29.json; filename="_ (q).json"']);
  });

  it.each(['none', 'onnx', 'readme.md', 'README.md/x', '*', ':(glob)*', 'README.m?', '-z', '%2e%2e/%2e%2e/etc/passwd', '..%2F..%2Fetc%2Fpasswd', '.git/config', 'README.md%00'])('%s is not found', async (path) => {
    const answer = await file(path);
    expect([answer.status, answer.headers.get('x-error-code')]).toEqual([404, 'EntryNotFound']);
  });
});

describe('a list', () => {
  const ids = async (query: string) => (await json(`api/models?${query}`)).map(({ id }: { id: string }) => id);

  it('finds by text, author and tags', async () => {
    expect(await ids('search=again')).toEqual(['default/echo']);
    expect(await ids('filter=ocr&filter=small')).toEqual(['default/echo']);
    expect(await ids('filter=ocr&filter=large')).toEqual([]);
    expect(await ids('author=default&search=echo')).toEqual(['default/echo']);
    expect(await ids('author=nobody')).toEqual([]);
  });

  it('goes on by the Link header', async () => {
    const seen: string[] = [];
    for (let url: string | null = `${bench.url}/hf/api/models?limit=1`; url;) {
      const answer: Response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
      seen.push(...(await answer.json() as { id: string }[]).map(({ id }) => id));
      url = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(seen.sort()).toEqual(['default/bare', 'default/echo', 'default/many']);
  });

  it('tells files and commits when asked for all', async () => {
    const [model] = await json('api/models?search=echo&full=true');
    expect(model).toMatchObject({ sha: commits['main'], siblings: expect.arrayContaining([{ rfilename: 'model.onnx' }]) });
  });

  it.each(['sort=downloads', 'direction=1', 'limit=0', 'limit=x', 'cursor=x', 'search=%00'])('refuses what it cannot answer: %s', async (query) => {
    expect([query, (await get(`api/models?${query}`)).status]).toEqual([query, 400]);
  });
});

describe('a stranger', () => {
  const paths = ['api/models/default/echo', 'api/models/default/echo/revision/main', 'api/models/default/echo/tree/main', 'api/models/default/echo/refs', 'default/echo/resolve/main/model.onnx'];
  const told = async (answer: Response) => [answer.status, answer.headers.get('x-error-code')];

  it('with a key learns as little of a model as of one that is not there', async () => {
    await bench.insertNamespace('blue');
    const authorization = `Bearer ${await keyIn('blue', 'DEVELOPER')}`;
    for (const path of paths) {
      expect(await told(await get(path, { authorization }))).toEqual([404, 'RepoNotFound']);
      expect(await told(await get(path.replace('echo', 'none'), { authorization }))).toEqual([404, 'RepoNotFound']);
    }
    expect(await (await get('api/models', { authorization })).json()).toEqual([]);
    expect(await (await get('api/models?author=default', { authorization })).json()).toEqual([]);
  });

  it('without a key is asked for one, as by the Hub', async () => {
    for (const path of paths) expect(await told(await get(path, { authorization: '' }))).toEqual([401, 'RepoNotFound']);
    const wrong = await get(paths[0]!, { authorization: 'Bearer wrong' });
    expect([wrong.status, wrong.headers.get('x-error-code'), wrong.headers.get('x-error-message')]).toEqual([401, null, 'Invalid credentials in Authorization header']);
  });

  it('who pushes a pointer to bytes of others gets none of them', async () => {
    // Past the gate of pushes, which refuses such a pointer: straight into the repository.
    const { data } = await bench.ask('{ model(fullName: "default/bare") { id } }');
    const repository = await bench.repositories.open(data.model.id);
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(MODEL)}\nsize ${MODEL.length}\n`;
    const blob = (await repository.run(['hash-object', '-w', '--stdin'], { input: pointer })).toString().trim();
    const tree = (await repository.run(['mktree'], { input: `100644 blob ${blob}\tstolen.onnx\n` })).toString().trim();
    await repository.run(['update-ref', 'refs/heads/thief', (await repository.run(['commit-tree', tree, '-m', 'x'])).toString().trim()]);
    const answer = await get('default/bare/resolve/thief/stolen.onnx');
    expect(await told(answer)).toEqual([404, 'EntryNotFound']);
    expect(await answer.text()).not.toContain('onnx\u0000');
  });
});

it('nothing is written here', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect((await get('api/models/default/echo', { method })).status).toBe(404);
});

describe('the client @huggingface/hub, unmodified', () => {
  it('lists models and files, and downloads', async () => {
    const options = { hubUrl: `${bench.url}/hf`, accessToken: `hf_${key}` };
    const models: string[] = [];
    for await (const { name } of listModels({ ...options, search: { owner: 'default' } })) models.push(name);
    expect(models.sort()).toEqual(['default/bare', 'default/echo', 'default/many']);
    expect(await modelInfo({ ...options, name: 'default/echo' })).toMatchObject({ name: 'default/echo', private: true });
    const files: string[] = [];
    for await (const { path } of listFiles({ ...options, repo: 'default/echo', recursive: true })) files.push(path);
    expect(files).toEqual(expect.arrayContaining(['model.onnx', 'onnx/ä (q).json']));
    expect(await fileExists({ ...options, repo: 'default/echo', path: 'none' })).toBe(false);
    const blob = await downloadFile({ ...options, repo: 'default/echo', path: 'model.onnx', revision: 'v2' });
    expect(Buffer.from(await blob!.arrayBuffer())).toEqual(MODEL);
  });
});
