import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { ModelDirectory, VersionDirectory } from '../../subgraphs/model-registry';
import { makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { identityModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

const SET = 'mutation ($alias: String!, $version: Int!) { setAlias(input: { model: "m", alias: $alias, version: $version }) { alias { name version { number } } } }';
const REMOVE = 'mutation ($alias: String!) { removeAlias(input: { model: "m", alias: $alias }) { model { aliases { name } } } }';

describe('versions by name', () => {
  let bench: RegistryBench;
  let directory: VersionDirectory;
  let versionIds: string[];
  const scope = { requestId: 'r', caller: BOOTSTRAP_ADMIN };

  beforeAll(async () => {
    bench = await openRegistry();
    directory = new VersionDirectory(bench.fresh.database, new ModelDirectory(bench.fresh.database));
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
    versionIds = [];
    for (let size = 1; size <= 4; size += 1) versionIds.push((await bench.push('default/m', identityModel('FP32', ['n', size]))).versionId);
    bench.inspector.wake();
    await eventually(async () => expect(await bench.fresh.database.query({ text: `select 1 from model_version where state = 'INSPECTING'`, values: [] })).toEqual([]), { timeoutMs: 30_000 });
    await bench.inspector.stop();
    await bench.fresh.database.query({ text: `update model_version set state = 'INSPECTING', signature = null where number = 4`, values: [] });
  });
  afterAll(() => bench.close());

  const set = (alias: string, version: number) => bench.ask(SET, { alias, version });

  it('move with an alias, and every move is kept', async () => {
    for (const version of [1, 2, 2, 1]) expect((await set('live', version)).data.setAlias.alias).toEqual({ name: 'live', version: { number: version } });
    await bench.ask(REMOVE, { alias: 'live' });
    expect((await bench.ask('{ model(fullName: "m") { aliases { name } version(alias: "live") { number } } }')).data.model).toEqual({ aliases: [], version: null });
    await set('live', 3);
    const { data } = await bench.ask('{ model(fullName: "m") { aliases { name history { edges { node { version { number } createdBy { id } createdAt } } } } version(alias: "live") { number aliases } } }');
    expect(data.model.version).toEqual({ number: 3, aliases: ['live'] });
    expect(data.model.aliases[0].history.edges.map(({ node }: { node: { version: { number: number } | null } }) => node.version?.number ?? null)).toEqual([3, null, 1, 2, 1]);
  });

  it('stay one when the alias is set from many sides at once', async () => {
    await Promise.all([1, 2, 3, 1, 2, 3].map((version) => set('race', version)));
    const { data } = await bench.ask('{ model(fullName: "m") { aliases { name version { number } history { edges { node { version { number } } } } } } }');
    const race = data.model.aliases.filter(({ name }: { name: string }) => name === 'race');
    expect(race).toHaveLength(1);
    expect(race[0].history.edges[0].node.version).toEqual(race[0].version);
  });

  it('take an alias only when they are READY', async () => {
    expect((await set('next', 4)).codes).toEqual(['VERSION_NOT_READY']);
    expect((await set('next', 99)).codes).toEqual(['VERSION_NOT_FOUND']);
    expect((await set('No Good', 1)).codes).toEqual(['BAD_USER_INPUT']);
    expect((await bench.ask(REMOVE, { alias: 'next' })).codes).toEqual(['ALIAS_NOT_FOUND']);
  });

  it('resolve for another subgraph by number, by alias, and the newest READY one by neither', async () => {
    await set('old', 1);
    const numberOf = async (choice: object) => (await directory.resolve(scope, { model: 'default/m', ...choice })).number;
    expect([await numberOf({}), await numberOf({ version: 2 }), await numberOf({ alias: 'old' })]).toEqual([3, 2, 1]);
    expect(await directory.resolve(scope, { model: 'm', version: 1 })).toMatchObject({ modelFullName: 'default/m', namespace: 'default', state: 'READY', sizeBytes: expect.any(Number), signature: { inputs: [{ datatype: 'FP32' }] } });
  });

  it.each([
    [{ model: 'default/none' }, 'MODEL_NOT_FOUND'],
    [{ model: 'default/m', version: 99 }, 'VERSION_NOT_FOUND'],
    [{ model: 'default/m', alias: 'none' }, 'ALIAS_NOT_FOUND'],
    [{ model: 'default/m', version: 4 }, 'VERSION_NOT_READY'],
    [{ model: 'default/m', version: 1, alias: 'live' }, 'BAD_USER_INPUT'],
  ])('refuse %j with %s', async (choice, code) => {
    await expect(directory.resolve(scope, choice)).rejects.toMatchObject({ code });
  });

  it('do not exist for a stranger', async () => {
    await expect(directory.resolve({ ...scope, caller: makeCaller({ other: 'ADMIN' }) }, { model: 'default/m' })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('are read by id in one go, unknown ids left out', async () => {
    const facts = await directory.byIds([versionIds[1]!, 'no-id', versionIds[0]!]);
    expect(facts.map(({ number }) => number).sort()).toEqual([1, 2]);
  });

  it('are archived once they are inspected, for good', async () => {
    const archive = 'mutation ($id: ID!) { archiveVersion(input: { id: $id }) { version { state } } }';
    expect((await bench.ask(archive, { id: versionIds[3] })).codes).toEqual(['VERSION_NOT_READY']);
    for (let time = 0; time < 2; time += 1) expect((await bench.ask(archive, { id: versionIds[1] })).data.archiveVersion.version.state).toBe('ARCHIVED');
    await expect(directory.resolve(scope, { model: 'default/m', version: 2 })).rejects.toMatchObject({ code: 'VERSION_NOT_READY' });
    expect((await set('live', 2)).codes).toEqual(['VERSION_NOT_READY']);
    expect((await bench.ask(archive, { id: 'no-id' })).codes).toEqual(['VERSION_NOT_FOUND']);
  });

  it('leave an audit event with every mutation of the schema', async () => {
    const { draft } = (await bench.ask('mutation { createVersionDraft(input: { model: "m" }) { draft { id } } }')).data.createVersionDraft;
    await bench.put((await bench.createUpload({ model: 'm', draft: draft.id, path: 'model.onnx' })).url, identityModel());
    await bench.ask('mutation ($id: ID!) { publishVersion(input: { draft: $id }) { version { number } } }', { id: draft.id });
    await bench.ask('mutation ($id: ID!) { updateVersion(input: { id: $id, dataset: "x" }) { version { id } } }', { id: versionIds[0] });
    await bench.ask('mutation { updateModel(input: { model: "m", tags: ["x"] }) { model { id } } rollbackAlias(input: { model: "m", alias: "live" }) { alias { name } } protectAlias(input: { model: "m", alias: "live" }) { model { id } } archiveModel(input: { model: "m" }) { model { id } } }');
    const rows = await bench.fresh.database.query<{ action: string }>({ text: `select distinct action from audit_event where namespace = 'default'`, values: [] });
    const mutations = Object.keys(bench.subgraph.schema.getMutationType()!.getFields());
    expect(rows.map(({ action }) => action).sort()).toEqual([...mutations, 'completeUpload'].sort());
  });
});
