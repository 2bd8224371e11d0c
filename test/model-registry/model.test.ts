import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Role } from '../../platform/caller';
import { makeCaller } from '../support/ask';
import { identityModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';
import { statementsOf } from '../support/statements';

const ENTITIES = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Model { fullName } ... on ModelVersion { number } } }';

describe('models', () => {
  let bench: RegistryBench;
  let redId: string;
  let redVersion: string;
  const stranger = makeCaller({ blue: 'ADMIN' });

  beforeAll(async () => {
    bench = await openRegistry();
    for (const name of ['blue', 'red']) await bench.insertNamespace(name);
    const input = { namespace: 'red', name: 'ocr', description: 'Reads 100% of invoices', tags: ['vision', 'vision', ' text '] };
    redId = (await bench.ask('mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }', { input })).data.createModel.model.id;
    redVersion = (await bench.push('red/ocr', identityModel())).versionId;
  });
  afterAll(() => bench.close());

  const namesOf = async (args: string, caller?: ReturnType<typeof makeCaller>) =>
    (await bench.ask(`{ models(${args}) { edges { node { fullName } } } }`, {}, caller)).data.models.edges.map(({ node }: { node: { fullName: string } }) => node.fullName);

  it('have a schema that is the committed snapshot', () => {
    expect(readFileSync(path.resolve(__dirname, '../../subgraphs/model-registry/schema.graphql'), 'utf8')).toBe(bench.subgraph.sdl);
  });

  it('are found by full name, a bare one in the default namespace', async () => {
    await bench.ask('mutation { createModel(input: { name: "plain" }) { model { id } } }');
    const { data } = await bench.ask('{ a: model(fullName: "red/ocr") { name description tags namespace { name } createdBy { id } archivedAt } b: model(fullName: "plain") { fullName } c: model(fullName: "red/none") { id } d: model(fullName: "../x") { id } }');
    expect(data).toMatchObject({ a: { name: 'ocr', tags: ['vision', 'text'], namespace: { name: 'red' }, archivedAt: null }, b: { fullName: 'default/plain' }, c: null, d: null });
  });

  it('are searched by name and description, where percent signs mean themselves', async () => {
    expect(await namesOf('search: "OCR"')).toEqual(['red/ocr']);
    expect(await namesOf('search: "100% of"')).toEqual(['red/ocr']);
    expect(await namesOf('search: "%invoices"')).toEqual([]);
    expect(await namesOf('search: "_cr"')).toEqual([]);
  });

  it('are invisible to a stranger on every root field', async () => {
    const text = 'query ($v: ID!) { model(fullName: "red/ocr") { id } models { edges { node { id } } } modelVersion(id: $v) { id } }';
    expect((await bench.ask(text, { v: redVersion }, stranger)).data).toEqual({ model: null, models: { edges: [] }, modelVersion: null });
    expect((await bench.ask('{ models(namespace: "red") { edges { cursor } } }', {}, stranger)).codes).toEqual(['NAMESPACE_NOT_FOUND']);
  });

  it('are invisible to a stranger as entities, and load in order for who may see them', async () => {
    const r = [
      { __typename: 'Model', id: redId }, { __typename: 'Model', fullName: 'red/ocr' }, { __typename: 'ModelVersion', id: redVersion },
      { __typename: 'Model', id: 'no-id' }, { __typename: 'ModelVersion', id: redId },
    ];
    expect((await bench.ask(ENTITIES, { r }, stranger)).data._entities).toEqual([null, null, null, null, null]);
    const seen = (await bench.ask(ENTITIES, { r }, makeCaller({ red: 'VIEWER' }))).data._entities;
    expect(seen).toMatchObject([{ fullName: 'red/ocr' }, { fullName: 'red/ocr' }, { number: 1 }, null, null]);
  });

  it.each([
    'createModel(input: { namespace: "red", name: "x" }) { model { id } }',
    'updateModel(input: { model: "red/ocr", tags: [] }) { model { id } }',
    'archiveModel(input: { model: "red/ocr" }) { model { id } }',
    'createUpload(input: { model: "red/ocr" }) { upload { id } }',
    'setAlias(input: { model: "red/ocr", alias: "a", version: 1 }) { alias { name } }',
    'removeAlias(input: { model: "red/ocr", alias: "a" }) { model { id } }',
    'archiveVersion(input: { id: "VERSION" }) { version { id } }',
  ])('are changed by a developer of their namespace alone: %s', async (mutation) => {
    const text = `mutation { ${mutation.replace('VERSION', redVersion)} }`;
    for (const role of ['VIEWER', 'CALLER'] as Role[]) expect((await bench.ask(text, {}, makeCaller({ red: role }))).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask(text, {}, stranger)).codes).toEqual([expect.stringMatching(/^(NAMESPACE|MODEL|VERSION)_NOT_FOUND$/)]);
  });

  it('refuse a taken name, a wrong one, an unknown namespace and too many tags', async () => {
    const codesOf = async (input: object) => (await bench.ask('mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }', { input })).codes;
    expect(await codesOf({ namespace: 'red', name: 'ocr' })).toEqual(['NAME_TAKEN']);
    expect(await codesOf({ name: 'Not Good' })).toEqual(['BAD_USER_INPUT']);
    expect(await codesOf({ namespace: 'nowhere', name: 'x' })).toEqual(['NAMESPACE_NOT_FOUND']);
    expect(await codesOf({ name: 'x', tags: Array.from({ length: 33 }, (_, index) => String(index)) })).toEqual(['BAD_USER_INPUT']);
  });

  it('change by what is given and keep the rest', async () => {
    await bench.ask('mutation { createModel(input: { name: "words", description: "old", tags: ["a"] }) { model { id } } }');
    const update = 'mutation ($input: UpdateModelInput!) { updateModel(input: $input) { model { description tags } } }';
    expect((await bench.ask(update, { input: { model: 'words', tags: ['b'] } })).data.updateModel.model).toEqual({ description: 'old', tags: ['b'] });
    expect((await bench.ask(update, { input: { model: 'words', description: null } })).data.updateModel.model).toEqual({ description: null, tags: ['b'] });
  });

  it('leave the lists when they are archived, and stay where they are named', async () => {
    await bench.ask('mutation { createModel(input: { name: "gone" }) { model { id } } archiveModel(input: { model: "gone" }) { model { archivedAt } } }');
    expect(await namesOf('search: "gone"')).toEqual([]);
    expect(await namesOf('search: "gone", includeArchived: true')).toEqual(['default/gone']);
    expect((await bench.ask('{ model(fullName: "gone") { archivedAt } }')).data.model.archivedAt).not.toBeNull();
  });

  it('cost a constant number of statements, however long the list', async () => {
    const text = 'query ($n: Int!) { models(first: $n, namespace: "default") { edges { node { fullName aliases { name version { number } history { edges { node { version { number } createdBy { id } } } } } version { number model { name } aliases } versions(first: 3) { edges { node { number model { fullName } aliases } } } } } } }';
    for (let index = 0; index < 12; index += 1) {
      await bench.ask('mutation ($name: String!) { createModel(input: { name: $name }) { model { id } } }', { name: `list-${index}` });
      await bench.push(`default/list-${index}`, identityModel());
    }
    await bench.fresh.database.query({ text: `update model_version set state = 'READY' where namespace = 'default'`, values: [] });
    for (let index = 0; index < 12; index += 1) await bench.ask('mutation ($m: String!) { setAlias(input: { model: $m, alias: "live", version: 1 }) { alias { name } } }', { m: `default/list-${index}` });
    const few = await statementsOf(() => bench.ask(text, { n: 2 }));
    const many = await statementsOf(async () => expect((await bench.ask(text, { n: 12 })).data.models.edges).toHaveLength(12));
    expect(many.length).toBe(few.length);
    expect(many.length).toBeLessThan(12);
  });

  it('page their versions apart', async () => {
    for (let index = 0; index < 3; index += 1) await bench.push('red/ocr', identityModel('FP32', ['n', index + 2]));
    const text = 'query ($after: String) { model(fullName: "red/ocr") { versions(first: 3, after: $after) { edges { node { number } } pageInfo { hasNextPage endCursor } } } }';
    const first = (await bench.ask(text)).data.model.versions;
    const second = (await bench.ask(text, { after: first.pageInfo.endCursor })).data.model.versions;
    expect([first, second].map(({ edges }) => edges.map(({ node }: { node: { number: number } }) => node.number))).toEqual([[4, 3, 2], [1]]);
    expect([first, second].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, false]);
  });
});
