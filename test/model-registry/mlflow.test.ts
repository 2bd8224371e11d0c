import { BOOTSTRAP_ADMIN, type Role } from '../../platform/caller';
import { addModel, identityModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

let bench: RegistryBench;
const keys: Record<string, string> = {};

beforeAll(async () => {
  bench = await openRegistry();
  await bench.insertNamespace('blue');
  for (const [name, namespace, role] of [['developer', 'default', 'DEVELOPER'], ['viewer', 'default', 'VIEWER'], ['blue', 'blue', 'DEVELOPER']] as const) keys[name] = await keyIn(namespace, role);
}, 60_000);
afterAll(() => bench?.close());

async function keyIn(namespace: string, role: Role): Promise<string> {
  return (await bench.keys.create({ requestId: 'test', caller: BOOTSTRAP_ADMIN }, { namespace, name: `${namespace} ${role}`, role })).secret;
}

interface Told {
  status: number;
  /* eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of another API, whose parts each test names */
  body: any;
}

async function call(route: string, given: object = {}, key = keys['developer']!): Promise<Told> {
  const [method, path] = route.split(' ') as [string, string];
  const query = method === 'GET' ? `?${new URLSearchParams(Object.entries(given).map(([name, value]): [string, string] => [name, String(value)]))}` : '';
  const answer = await fetch(`${bench.url}/api/2.0/mlflow/${path}${query}`, {
    method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(method === 'GET' ? {} : { body: JSON.stringify(given) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const refusal = async (route: string, given: object = {}, key?: string) => {
  const { status, body } = await call(route, given, key);
  return [status, body.error_code];
};

/** A model with so many READY versions. */
async function makeModel(name: string, versions = 0): Promise<void> {
  expect((await call('POST registered-models/create', { name })).status).toBe(200);
  for (let at = 0; at < versions; at += 1) await bench.push(name, at % 2 === 0 ? identityModel() : addModel());
  await ready();
}

const ready = () => bench.fresh.database.query({ text: `update model_version set state = 'READY', signature = '{"inputs":[],"outputs":[]}' where state = 'INSPECTING'`, values: [] });
const audited = async () => (await bench.fresh.database.query<{ action: string }>({ text: 'select action from audit_event order by id desc limit 1', values: [] }))[0]!.action;

describe('a registered model', () => {
  it('is made, read, described and put away, and each is in the audit log', async () => {
    const made = await call('POST registered-models/create', { name: 'ocr', description: 'Reads', tags: [{ key: 'task', value: 'text' }, { key: 'small' }] });
    expect(made.body.registered_model).toMatchObject({ name: 'ocr', description: 'Reads', tags: [{ key: 'task', value: 'text' }, { key: 'small', value: '' }], latest_versions: [], aliases: [] });
    expect((await call('PATCH registered-models/update', { name: 'ocr', description: 'Reads more' })).body.registered_model.description).toBe('Reads more');
    expect((await call('GET registered-models/get', { name: 'default/ocr' })).body.registered_model).toMatchObject({ name: 'ocr', description: 'Reads more' });
    expect((await bench.ask('{ model(fullName: "default/ocr") { tags } }')).data.model.tags).toEqual(['task:text', 'small']);
    expect((await call('DELETE registered-models/delete', { name: 'ocr' })).body).toEqual({});
    expect(await audited()).toBe('archiveModel');
    expect(await refusal('GET registered-models/get', { name: 'ocr' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('POST registered-models/create', { name: 'ocr' })).toEqual([409, 'RESOURCE_ALREADY_EXISTS']);
  });

  it('has tags that change one by one, and are words of the graph', async () => {
    await makeModel('tagged');
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => call('POST registered-models/set-tag', { name: 'tagged', key, value: '1' })));
    await call('POST registered-models/set-tag', { name: 'tagged', key: 'a', value: '2:3' });
    await call('DELETE registered-models/delete-tag', { name: 'tagged', key: 'b' });
    const { tags } = (await call('GET registered-models/get', { name: 'tagged' })).body.registered_model;
    expect(tags.sort((one: { key: string }, two: { key: string }) => one.key.localeCompare(two.key))).toEqual([{ key: 'a', value: '2:3' }, { key: 'c', value: '1' }, { key: 'd', value: '1' }]);
    for (const given of [{ key: 'a:b' }, { key: '' }, { key: 'k', value: 'x'.repeat(100) }, { key: ' k' }, { value: 'x' }, { key: 'k', value: 'a\0' }]) {
      expect([given, await refusal('POST registered-models/set-tag', { name: 'tagged', ...given })]).toEqual([given, [400, 'INVALID_PARAMETER_VALUE']]);
    }
  });

  it('has aliases', async () => {
    await makeModel('aliased', 2);
    await call('POST registered-models/alias', { name: 'aliased', alias: 'champion', version: '1' });
    expect((await call('GET registered-models/alias', { name: 'aliased', alias: 'champion' })).body.model_version).toMatchObject({ version: '1', aliases: ['champion'] });
    expect((await call('GET registered-models/get', { name: 'aliased' })).body.registered_model).toMatchObject({ aliases: [{ alias: 'champion', version: '1' }], latest_versions: [{ version: '2' }] });
    expect((await call('POST registered-models/get-latest-versions', { name: 'aliased' })).body.model_versions).toMatchObject([{ version: '2' }]);
    await call('DELETE registered-models/alias', { name: 'aliased', alias: 'champion' });
    expect((await call('DELETE registered-models/alias', { name: 'aliased', alias: 'champion' })).status).toBe(200);
    expect(await refusal('GET registered-models/alias', { name: 'aliased', alias: 'champion' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('POST registered-models/alias', { name: 'aliased', alias: 'x', version: '9' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  it('keeps its name', async () => {
    expect(await refusal('POST registered-models/rename', { name: 'tagged', new_name: 'other' })).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    for (const name of ['', 'A', 'a/b/c', '../x', 'x'.repeat(200), 'a b', '\0', 7, null]) expect([name, await refusal('POST registered-models/create', { name })]).toEqual([name, [400, 'INVALID_PARAMETER_VALUE']]);
  });
});

describe('a version', () => {
  it('tells where its file is, its state and its notes', async () => {
    await makeModel('noted', 1);
    await call('PATCH model-versions/update', { name: 'noted', version: '1', description: 'First' });
    expect(await audited()).toBe('updateVersion');
    await Promise.all(['a', 'b'].map((key) => call('POST model-versions/set-tag', { name: 'noted', version: 1, key, value: 'x' })));
    await call('DELETE model-versions/delete-tag', { name: 'noted', version: '1', key: 'a' });
    const { model_version: version } = (await call('GET model-versions/get', { name: 'noted', version: '1' })).body;
    expect(version).toMatchObject({ name: 'noted', version: '1', description: 'First', tags: [{ key: 'b', value: 'x' }], status: 'READY', current_stage: 'None' });
    expect((await bench.ask('{ model(fullName: "default/noted") { version { description tags { key value } } } }')).data.model.version).toEqual({ description: 'First', tags: [{ key: 'b', value: 'x' }] });
    const { artifact_uri: place } = (await call('GET model-versions/get-download-uri', { name: 'noted', version: '1' })).body;
    expect(place).toBe(version.source);
    const file = await fetch(`${place}/model.onnx`, { headers: { authorization: `Bearer ${keys['viewer']}` } });
    expect(Buffer.from(await file.arrayBuffer())).toEqual(identityModel());
    expect((await fetch(`${place}/model.onnx`, { headers: { authorization: `Bearer ${keys['blue']}` } })).status).toBe(404);
  });

  it('is made from another, whose file it shares, and inspected anew', async () => {
    await makeModel('source', 2);
    await makeModel('target');
    const made = await call('POST model-versions/create', { name: 'target', source: 'models:/source/2', description: 'A copy', tags: [{ key: 'from', value: 'source' }] });
    expect(made.body.model_version).toMatchObject({ name: 'target', version: '1', status: 'PENDING_REGISTRATION', description: 'A copy', tags: [{ key: 'from', value: 'source' }] });
    expect(await audited()).toBe('copyVersion');
    await call('POST registered-models/alias', { name: 'source', alias: 'best', version: 1 });
    expect((await call('POST model-versions/create', { name: 'target', source: 'models:/default/source@best' })).body.model_version.version).toBe('2');
    const digests = async (name: string) => (await bench.ask(`{ model(fullName: "default/${name}") { versions { edges { node { digest commit } } } } }`)).data.model.versions.edges.map(({ node }: { node: { digest: string } }) => node.digest);
    expect(await digests('target')).toEqual((await digests('source')).reverse());
    await ready();
    expect(Buffer.from(await (await fetch(`${bench.url}/hf/default/target/resolve/v1/model.onnx`, { headers: { authorization: `Bearer ${keys['viewer']}` } })).arrayBuffer())).toEqual(addModel());
  });

  it.each([
    's3://bucket/model', 'file:///etc/passwd', '/etc/passwd', 'runs:/abc/model', 'http://127.0.0.1/x', 'models:/source', 'models:/source/0', 'models:/source/x', 'models:/m-0123456789abcdef', '',
    'models:/a/b/c/1', 'models:/../source/1', 'models:/source/1\0',
  ])('is not made from %j, of which nothing is held', async (source) => {
    expect(await refusal('POST model-versions/create', { name: 'target', source })).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('is not made from what is not there, and keeps no run', async () => {
    expect(await refusal('POST model-versions/create', { name: 'target', source: 'models:/source/9' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('POST model-versions/create', { name: 'target', source: 'models:/source@none' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('POST model-versions/create', { name: 'target', source: 'models:/source/1', run_id: 'abc' })).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('is archived in place of being deleted, and no longer seen', async () => {
    await makeModel('ended', 2);
    await call('POST registered-models/alias', { name: 'ended', alias: 'old', version: 2 });
    await call('DELETE model-versions/delete', { name: 'ended', version: '2' });
    expect((await bench.ask('{ model(fullName: "default/ended") { version(number: 2) { state } } }')).data.model.version.state).toBe('ARCHIVED');
    for (const route of ['GET model-versions/get', 'DELETE model-versions/delete', 'PATCH model-versions/update']) expect(await refusal(route, { name: 'ended', version: '2' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('GET registered-models/alias', { name: 'ended', alias: 'old' })).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect((await call('GET registered-models/get', { name: 'ended' })).body.registered_model).toMatchObject({ latest_versions: [{ version: '1' }], aliases: [] });
    expect(await refusal('POST model-versions/transition-stage', { name: 'ended', version: '1', stage: 'Production' })).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it.each(['0', '-1', '01', '1.5', 'x', '', '99999999999', ' 1', null])('%j is no number of one', async (version) => {
    expect((await refusal('POST model-versions/set-tag', { name: 'noted', version, key: 'a', value: 'b' }))).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });
});

describe('a search', () => {
  const models = async (filter: string, rest: object = {}) => (await call('GET registered-models/search', { filter, ...rest })).body.registered_models?.map(({ name }: { name: string }) => name);
  const versions = async (filter: string, rest: object = {}) => (await call('GET model-versions/search', { filter, ...rest })).body.model_versions?.map(({ name, version }: Record<string, string>) => `${name} ${version}`);

  it('finds models by name and tags, without the archived', async () => {
    await makeModel('find-a', 1);
    await makeModel('find-b', 2);
    await call('POST registered-models/set-tag', { name: 'find-a', key: 'kind', value: 'one' });
    await call('POST registered-models/set-tag', { name: 'find-b', key: 'kind', value: 'two' });
    expect(await models("name LIKE 'find-%'")).toEqual(['find-a', 'find-b']);
    expect(await models("name ILIKE 'FIND-_'", { order_by: 'name DESC' })).toEqual(['find-b', 'find-a']);
    expect(await models("name = 'find-a'")).toEqual(['find-a']);
    expect(await models("name LIKE 'find-%' AND tags.kind != 'one'")).toEqual(['find-b']);
    expect(await models("tags.`kind` LIKE 't%'")).toEqual(['find-b']);
    expect(await models("name = 'ocr'")).toEqual([]);
    expect(await models("name LIKE 'find-%' AND tag.`mlflow.prompt.is_prompt` != 'true'")).toEqual(['find-a', 'find-b']);
    expect(await models("tag.`mlflow.prompt.is_prompt` = 'true'")).toEqual([]);
    expect(await models("name LIKE '%\\'")).toEqual([]);
  });

  it('finds versions by name, number and tags', async () => {
    await call('POST model-versions/set-tag', { name: 'find-b', version: 2, key: 'stage', value: 'final' });
    expect(await versions("name='find-b'", { order_by: 'version_number ASC' })).toEqual(['find-b 1', 'find-b 2']);
    expect(await versions("name='find-b' and version_number > 1")).toEqual(['find-b 2']);
    expect(await versions("tag.stage = 'final'")).toEqual(['find-b 2']);
    expect(await versions("name LIKE 'find-%' AND run_id IN ('a', 'b')")).toEqual([]);
    expect(await versions("name = 'ended'")).toEqual(['ended 1']);
  });

  it('goes on by its token', async () => {
    const first = (await call('GET registered-models/search', { filter: "name LIKE 'find-%'", max_results: 1 })).body;
    expect(await models("name LIKE 'find-%'", { max_results: 1, page_token: first.next_page_token })).toEqual(['find-b']);
    expect((await call('GET registered-models/search', { filter: "name LIKE 'find-%'", max_results: 2 })).body.next_page_token).toBeUndefined();
  });

  it.each([
    { filter: "name = 'a' OR name = 'b'" }, { filter: "created_by = 'x'" }, { filter: "name > 'a'" }, { filter: "constructor = 'x'" }, { filter: "name = 'a'; drop table model" }, { filter: "name = '\0'" },
    { max_results: 0 }, { max_results: -1 }, { max_results: 'x' }, { order_by: 'name; drop table model' }, { order_by: 'id' }, { page_token: 'x' },
  ])('is refused when it is not understood: %j', async (given) => {
    expect(await refusal('GET registered-models/search', given)).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('compares numbers with numbers', async () => {
    for (const filter of ["version_number = 'x'", 'version_number LIKE 1', 'version_number = 99999999999']) expect([filter, await refusal('GET model-versions/search', { filter })]).toEqual([filter, [400, 'INVALID_PARAMETER_VALUE']]);
  });
});

describe('roles', () => {
  const reads: [string, object][] = [['GET registered-models/get', { name: 'source' }], ['GET model-versions/get', { name: 'source', version: '1' }], ['POST registered-models/get-latest-versions', { name: 'source' }], ['GET model-versions/get-download-uri', { name: 'source', version: '1' }]];
  const changes: [string, object][] = [
    ['PATCH registered-models/update', { name: 'source' }], ['DELETE registered-models/delete', { name: 'source' }], ['POST registered-models/set-tag', { name: 'source', key: 'a', value: '' }],
    ['DELETE registered-models/delete-tag', { name: 'source', key: 'a' }], ['POST registered-models/alias', { name: 'source', alias: 'a', version: 1 }], ['DELETE registered-models/alias', { name: 'source', alias: 'best' }],
    ['POST model-versions/create', { name: 'source', source: 'models:/source/1' }], ['PATCH model-versions/update', { name: 'source', version: 1 }], ['DELETE model-versions/delete', { name: 'source', version: 1 }],
    ['POST model-versions/set-tag', { name: 'source', version: 1, key: 'a', value: '' }], ['DELETE model-versions/delete-tag', { name: 'source', version: 1, key: 'a' }],
  ];

  it.each(changes)('a viewer may not: %s', async (route, given) => {
    expect(await refusal(route, given, keys['viewer'])).toEqual([403, 'PERMISSION_DENIED']);
  });

  it.each([...reads, ...changes])('a stranger learns nothing of: %s', async (route, given) => {
    expect(await refusal(route, given, keys['blue'])).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  it('a viewer reads', async () => {
    for (const [route, given] of reads) expect([route, (await call(route, given, keys['viewer'])).status]).toEqual([route, 200]);
  });

  it('a stranger finds nothing, and copies nothing to himself', async () => {
    expect((await call('GET registered-models/search', {}, keys['blue'])).body).toEqual({ registered_models: [] });
    expect((await call('GET model-versions/search', { filter: "name = 'source'" }, keys['blue'])).body).toEqual({ model_versions: [] });
    expect((await call('POST registered-models/create', { name: 'blue/mine' }, keys['blue'])).body.registered_model.name).toBe('blue/mine');
    expect(await refusal('POST model-versions/create', { name: 'blue/mine', source: 'models:/source/1' }, keys['blue'])).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await refusal('POST registered-models/create', { name: 'default/mine' }, keys['blue'])).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  it('a wrong key is refused in the words of MLflow', async () => {
    expect(await refusal('GET registered-models/search', {}, 'wrong')).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('files', () => {
  const files = (path: string, key?: string) => call(`GET ../mlflow-artifacts/artifacts`, { path }, key);
  const file = async (path: string, headers: Record<string, string> = {}) => fetch(`${bench.url}/api/2.0/mlflow-artifacts/artifacts/${path}`, { headers: { authorization: `Bearer ${keys['viewer']}`, ...headers } });

  it('are listed and read, also in ranges', async () => {
    expect((await files('default/source/v1')).body).toEqual({ files: [{ path: '.gitattributes', is_dir: false, file_size: expect.any(Number) }, { path: 'model.onnx', is_dir: false, file_size: identityModel().length }] });
    const part = await file('default/source/v1/model.onnx', { range: 'bytes=0-3' });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, identityModel().subarray(0, 4)]);
  });

  it.each(['', 'default', 'default/source', '../../etc', 'default/source/v1/../v2', 'default/source/v1/%2e%2e', '/etc/passwd', 'default/source/v1/\0', 'default//v1'])('are not listed at %j', async (path) => {
    expect([400, 404]).toContain((await files(path)).status);
  });

  it.each(['default/source/v9/model.onnx', 'default/source/v1/none', 'default/none/v1/model.onnx', 'default/source/v1', 'default/source/v1/%2e%2e%2fv2%2fmodel.onnx', 'default/source/v1/..%2f..%2fx', 'x', 'default/source/v1/%00'])('are not read at %j', async (path) => {
    const answer = await file(path);
    expect([400, 404]).toContain(answer.status);
    expect(await answer.json()).toMatchObject({ error_code: expect.stringMatching(/^(RESOURCE_DOES_NOT_EXIST|INVALID_PARAMETER_VALUE)$/) });
  });

  it('of others are not seen', async () => {
    for (const path of ['default/source/v1', 'default/none/v1']) expect(await refusal('GET ../mlflow-artifacts/artifacts', { path }, keys['blue'])).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  it('are not written', async () => {
    const answer = await fetch(`${bench.url}/api/2.0/mlflow-artifacts/artifacts/default/source/v1/x`, { method: 'PUT', body: 'x', headers: { authorization: `Bearer ${keys['developer']}` } });
    expect([answer.status, (await answer.json() as { error_code: string }).error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND']);
  });
});

it('refuses what is no JSON, too large, or no endpoint', async () => {
  const send = async (body: string) => (await fetch(`${bench.url}/api/2.0/mlflow/registered-models/create`, { method: 'POST', headers: { authorization: `Bearer ${keys['developer']}` }, body })).status;
  expect([await send('{'), await send('[]'), await send('"x"'), await send(''), await send(JSON.stringify({ name: 'x', description: 'y'.repeat(300_000) }))]).toEqual([400, 400, 400, 400, 413]);
  expect(await refusal('GET experiments/search')).toEqual([404, 'ENDPOINT_NOT_FOUND']);
  expect(await refusal('POST registered-models/get', { name: 'source' })).toEqual([404, 'ENDPOINT_NOT_FOUND']);
});
