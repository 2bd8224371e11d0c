import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { describeWithGitLfs, GitUser } from '../../support/git';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { addModel, identityModel, mlpModel } from '../../support/onnx';

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
