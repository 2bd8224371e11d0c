import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { describeWithGitLfs, GitUser } from '../../support/git';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { addModel, externalDataModel, identityModel, mlpModel } from '../../support/onnx';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describeWithGitLfs('git clone and git push', () => {
  let bench: GitRegistry;
  let ada: GitUser;
  let count = 0;

  beforeAll(async () => { bench = await openGitRegistry(); });
  afterAll(() => bench.close());
  beforeEach(() => { ada = new GitUser(); count += 1; });
  afterEach(() => ada.remove());

  const name = () => `default/m${count}`;

  it('clone every version that came by PUT, with its weights, its tag and its commit', async () => {
    const remote = await bench.makeModel(name());
    const files = [identityModel(), addModel()];
    for (const file of files) await bench.push(name(), file);
    await ada.must('.', 'clone', remote, 'm');
    expect(readFileSync(ada.folder('m/model.onnx'))).toEqual(files[1]);
    expect((await ada.must('m', 'log', '--format=%s')).trim().split('\n')).toEqual(['Version 2', 'Version 1']);
    const commits = (await ada.must('m', 'rev-parse', 'v2', 'v1')).trim().split('\n');
    expect((await bench.versions(name())).map(({ commit }) => commit)).toEqual(commits);
    await ada.must('m', 'checkout', '-q', 'v1');
    expect(readFileSync(ada.folder('m/model.onnx'))).toEqual(files[0]);
  });

  it('push a model that becomes READY, and say so', async () => {
    const remote = await bench.makeModel(name());
    await ada.must('.', 'clone', remote, 'm');
    await ada.must('m', 'lfs', 'track', '*.onnx');
    const model = mlpModel();
    ada.write('m/model.onnx', model);
    ada.write('m/README.md', '# A model\n');
    await ada.must('m', 'add', '.');
    await ada.must('m', 'commit', '-qm', 'first');
    const output = await ada.must('m', 'push', 'origin', 'main');
    expect(output).toContain(`remote: version 1 of ${name()}: INSPECTING`);
    expect(output).toContain(`remote: version 1 of ${name()}: READY`);
    const commit = (await ada.must('m', 'rev-parse', 'HEAD')).trim();
    expect(await bench.versions(name())).toEqual([{ number: 1, state: 'READY', commit, digest: sha256(model) }]);
    expect(await ada.must('m', 'ls-remote', 'origin')).toContain(`${commit}\trefs/tags/v1`);
    expect(await bench.fresh.database.query({ text: 'select 1 from repository_push', values: [] })).toEqual([]);
  });

  it('push a file that is no model, and hear why it was REJECTED', async () => {
    const remote = await bench.makeModel(name());
    await ada.must('.', 'clone', remote, 'm');
    ada.write('m/model.onnx', 'no model at all');
    await ada.must('m', 'add', '.');
    await ada.must('m', 'commit', '-qm', 'broken');
    expect(await ada.must('m', 'push', 'origin', 'main')).toMatch(/remote: version 1 of \S+: REJECTED, MODEL_INVALID: /);
    expect(await bench.versions(name())).toMatchObject([{ number: 1, state: 'REJECTED' }]);
  });

  it('make a version of what changes the model of main, and of nothing else', async () => {
    const remote = await bench.makeModel(name());
    await bench.push(name(), identityModel());
    await ada.must('.', 'clone', remote, 'm');
    ada.write('m/README.md', '# Words\n');
    await ada.must('m', 'add', '.');
    await ada.must('m', 'commit', '-qm', 'words');
    await ada.must('m', 'push', 'origin', 'main');
    ada.write('m/model.onnx', addModel());
    await ada.must('m', 'commit', '-qam', 'experiment');
    await ada.must('m', 'push', 'origin', 'HEAD:refs/heads/experiment');
    expect(await bench.versions(name())).toHaveLength(1);
    expect(await ada.must('m', 'push', 'origin', 'main')).toContain(`version 2 of ${name()}: READY`);
    expect((await bench.versions(name())).map(({ number }) => number)).toEqual([2, 1]);
  });

  it('put a PUT on top of what was pushed, where a fetch finds it', async () => {
    const remote = await bench.makeModel(name());
    await ada.must('.', 'clone', remote, 'm');
    ada.write('m/README.md', '# Mine\n');
    await ada.must('m', 'add', '.');
    await ada.must('m', 'commit', '-qm', 'words');
    await ada.must('m', 'push', 'origin', 'main');
    await bench.push(name(), identityModel());
    await ada.must('m', 'pull', '-q', '--ff-only', 'origin', 'main');
    expect((await ada.must('m', 'log', '--format=%s')).trim().split('\n')).toEqual(['Version 1', 'words']);
    expect(readFileSync(ada.folder('m/README.md'), 'utf8')).toBe('# Mine\n');
    expect(readFileSync(ada.folder('m/model.onnx'))).toEqual(identityModel());
  });

  it('fetch shallow, without blobs, with protocol 0 and with a gzipped request', async () => {
    const remote = await bench.makeModel(name());
    for (let version = 0; version < 12; version += 1) await bench.push(name(), version % 2 ? identityModel() : addModel());
    await ada.must('.', 'clone', '-q', '--depth', '1', remote, 'shallow');
    expect((await ada.must('shallow', 'rev-list', '--count', 'HEAD')).trim()).toBe('1');
    await ada.must('shallow', 'fetch', '-q', '--unshallow');
    expect((await ada.must('shallow', 'rev-list', '--count', 'HEAD')).trim()).toBe('12');
    await ada.must('.', 'clone', '-q', '--filter=blob:none', remote, 'partial');
    await ada.must('.', '-c', 'protocol.version=0', 'clone', '-q', remote, 'old');
    await ada.must('old', 'fsck', '--strict');
    // Git gzips what it asks for from 1,024 bytes on.
    for (let commit = 0; commit < 60; commit += 1) await ada.must('old', 'commit', '-q', '--allow-empty', '-m', `${commit}`);
    await bench.push(name(), mlpModel());
    expect(await ada.must('old', '-c', 'protocol.version=0', 'fetch', 'origin')).toContain('main       -> origin/main');
  });

  it('make the same commits again when the repository of PUTs is lost', async () => {
    const remote = await bench.makeModel(name());
    for (const file of [identityModel(), addModel()]) await bench.push(name(), file);
    const before = await ada.must('.', 'ls-remote', remote);
    const { id } = (await bench.ask('query ($m: String!) { model(fullName: $m) { id } }', { m: name() })).data.model;
    await rm(`${bench.folder}/repositories/${id}.git`, { recursive: true });
    await bench.fresh.database.query({ text: 'update model_version set commit = null where model_id = $1', values: [id] });
    expect(await ada.must('.', 'ls-remote', remote)).toBe(before);
  });
});

describeWithGitLfs('a version of several files', () => {
  let bench: GitRegistry;
  let ada: GitUser;
  const WEIGHTS = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
  const FILES = 'query ($m: String!) { model(fullName: $m) { versions(first: 100) { edges { node { number state files { path sha256 } } } } } }';
  beforeAll(async () => { bench = await openGitRegistry(); });
  afterAll(() => bench.close());
  beforeEach(() => { ada = new GitUser(); });
  afterEach(() => ada.remove());

  const versions = async (model: string) => (await bench.ask(FILES, { m: model })).data.model.versions.edges
    .map(({ node: { number, state, files } }: { node: { number: number; state: string; files: { path: string }[] } }) => [number, state, ...files.map(({ path }) => path)]);
  async function commitAll(message: string): Promise<string> {
    await ada.must('m', 'add', '-A');
    await ada.must('m', 'commit', '-qm', message);
    return ada.must('m', 'push', 'origin', 'main');
  }

  it('is made by a push that changes one of them, whether Git holds it or LFS, and by no other', async () => {
    const remote = await bench.makeModel('default/several');
    await ada.must('.', 'clone', remote, 'm');
    await ada.must('m', 'lfs', 'track', '*.bin');
    ada.write('m/onnx/model.onnx', externalDataModel('weights.bin'));
    ada.write('m/onnx/weights.bin', WEIGHTS);
    ada.write('m/labels.txt', 'cat\n');
    ada.write('m/empty.txt', '');
    expect(await commitAll('first')).toContain('version 1 of default/several: READY');
    ada.write('m/README.md', '# Card\n');
    expect(await commitAll('words')).not.toContain('version');
    ada.write('m/labels.txt', 'cat\ndog\n');
    expect(await commitAll('labels')).toContain('version 2 of default/several: READY');
    ada.write('m/onnx/weights.bin', WEIGHTS.subarray(4));
    expect(await commitAll('weights')).toMatch(/version 3 of default\/several: REJECTED, MODEL_INVALID: .*cut short/);
    expect(await versions('default/several')).toEqual([
      [3, 'REJECTED', 'onnx/model.onnx', 'README.md', 'labels.txt', 'onnx/weights.bin'], [2, 'READY', 'onnx/model.onnx', 'README.md', 'labels.txt', 'onnx/weights.bin'],
      [1, 'READY', 'onnx/model.onnx', 'labels.txt', 'onnx/weights.bin'],
    ]);
  });

  it('that was published without Git is cloned whole, with its text in Git and the rest by LFS', async () => {
    const remote = await bench.makeModel('default/drafted');
    await publish({ 'model.onnx': externalDataModel('weights 1.bin'), 'weights 1.bin': WEIGHTS, 'labels.txt': Buffer.from('cat\n') });
    await ada.must('.', 'clone', remote, 'm');
    expect(readFileSync(ada.folder('m/weights 1.bin'))).toEqual(WEIGHTS);
    expect(readFileSync(ada.folder('m/labels.txt'), 'utf8')).toBe('cat\n');
    expect((await ada.must('m', 'lfs', 'ls-files', '--name-only')).trim().split('\n').sort()).toEqual(['model.onnx', 'weights 1.bin']);
    expect((await ada.must('m', 'status', '--porcelain')).trim()).toBe('');
    ada.write('m/README.md', '# Card\n');
    await commitAll('words');
    await publish({ 'net/model.onnx': identityModel(), 'labels.txt': Buffer.from('cat\n') });
    await ada.must('m', 'pull', '-q', '--ff-only', 'origin', 'main');
    expect((await ada.must('m', 'ls-files')).trim().split('\n').sort()).toEqual(['.gitattributes', 'README.md', 'labels.txt', 'net/model.onnx']);
    expect(readFileSync(ada.folder('m/net/model.onnx'))).toEqual(identityModel());
  });

  async function publish(files: Record<string, Buffer>): Promise<void> {
    const { id } = (await bench.ask('mutation { createVersionDraft(input: { model: "drafted" }) { draft { id } } }')).data.createVersionDraft.draft;
    for (const [path, bytes] of Object.entries(files)) await bench.put((await bench.createUpload({ model: 'default/drafted', draft: id, path })).url, bytes);
    expect((await bench.ask('mutation ($id: ID!) { publishVersion(input: { draft: $id }) { version { number } } }', { id })).messages).toEqual([]);
  }
});
