import { makeCaller } from '../support/ask';
import { eventually } from '../support/eventually';
import { addModel, identityModel, mlpModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

const COMPARE = `query ($a: ID!, $b: ID!) { compareVersions(a: $a, b: $b) {
  a { number } b { number } sizeBytesDelta signature { breaking { place message } dangerous { place } safe { place } }
  graph { operatorSets { domain before after } operators { name before after } nodeCountDelta parameterCountDelta } files { path kind beforeBytes afterBytes }
  metrics { name before after } parameters { name before after } } }`;
const UPDATE = 'mutation ($input: UpdateVersionInput!) { updateVersion(input: $input) { version { description tags { key value } metrics { name value } parameters { name value } lineage { dataset baseModel trainingRunUrl derivedFrom { number } } } } }';

const CARD = `---
tags: [ocr, small]
datasets: [icdar2015, own]
base_model: google/vit
training_run: https://runs.example/7
metrics: { accuracy: 0.91, broken: high }
parameters: { epochs: 3, learning_rate: 0.001, layers: [1, 2] }
model-index:
- name: m
  results:
  - dataset: { name: icdar2015 }
    metrics: [{ type: cer, value: 0.04 }]
---
# Card
`;

describe('versions side by side', () => {
  let bench: RegistryBench;
  let ids: string[];
  const developer = makeCaller({ default: 'DEVELOPER' });

  beforeAll(async () => {
    bench = await openRegistry({ inspects: true });
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
    ids = [];
    for (const model of [mlpModel([4, 3]), mlpModel([4, 5]), identityModel('FP32', ['n', 4])]) ids.push((await bench.push('default/m', model)).versionId);
    ids.push(await published({ 'model.onnx': addModel(), 'README.md': Buffer.from(CARD), 'labels.txt': Buffer.from('cat\n') }));
    await eventually(async () => expect(await bench.fresh.database.query({ text: `select 1 from model_version where state = 'INSPECTING'`, values: [] })).toEqual([]), { timeoutMs: 40_000 });
  });
  afterAll(() => bench.close());

  async function published(files: Record<string, Buffer>, story: object = {}): Promise<string> {
    const { id } = (await bench.ask('mutation { createVersionDraft(input: { model: "m" }) { draft { id } } }')).data.createVersionDraft.draft;
    for (const [path, bytes] of Object.entries(files)) await bench.put((await bench.createUpload({ model: 'm', draft: id, path })).url, bytes);
    const { data, messages } = await bench.ask('mutation ($input: PublishVersionInput!) { publishVersion(input: $input) { version { id } } }', { input: { draft: id, ...story } });
    expect(messages).toEqual([]);
    return data.publishVersion.version.id;
  }
  const compare = async (a: number, b: number) => (await bench.ask(COMPARE, { a: ids[a], b: ids[b] })).data.compareVersions;
  const update = (input: object, caller = developer) => bench.ask(UPDATE, { input: { id: ids[0], ...input } }, caller);
  const told = async (id: string) => (await bench.ask('query ($id: ID!) { modelVersion(id: $id) { tags { key } metrics { name value } parameters { name value } lineage { dataset baseModel trainingRunUrl derivedFrom { number } } } }', { id })).data.modelVersion;

  it('are equal to themselves', async () => {
    expect(await compare(0, 0)).toMatchObject({
      sizeBytesDelta: '0', files: [], signature: { breaking: [], dangerous: [], safe: [] }, graph: { operators: [], nodeCountDelta: 0, parameterCountDelta: '0' },
    });
  });

  it('differ in what they take and give, in their graphs and in their files', async () => {
    const other = await compare(0, 1);
    expect(other).toMatchObject({ a: { number: 1 }, b: { number: 2 }, signature: { breaking: [{ place: 'output probs, dimension 1', message: 'is 5 and was 3' }] }, files: [{ path: 'model.onnx', kind: 'CHANGED' }] });
    expect(other.graph).toEqual({ operatorSets: [], operators: [], nodeCountDelta: 0, parameterCountDelta: '10' });
    const renamed = await compare(0, 2);
    expect(renamed.signature.breaking.map(({ place }: { place: string }) => place)).toEqual(['input input', 'input x', 'output probs']);
    expect(renamed.graph.operators).toContainEqual({ name: 'Gemm', before: 1, after: 0 });
    expect((await compare(0, 3)).files).toEqual([
      { path: 'README.md', kind: 'ADDED', beforeBytes: null, afterBytes: String(CARD.length) }, { path: 'labels.txt', kind: 'ADDED', beforeBytes: null, afterBytes: '4' },
      expect.objectContaining({ path: 'model.onnx', kind: 'CHANGED' }),
    ]);
  });

  it('are told of by their model card', async () => {
    expect(await told(ids[3]!)).toEqual({
      tags: [{ key: 'ocr' }, { key: 'small' }], metrics: [{ name: 'accuracy', value: 0.91 }, { name: 'cer', value: 0.04 }],
      parameters: [{ name: 'epochs', value: '3' }, { name: 'layers', value: '[1,2]' }, { name: 'learning_rate', value: '0.001' }],
      lineage: { dataset: 'icdar2015, own', baseModel: 'google/vit', trainingRunUrl: 'https://runs.example/7', derivedFrom: null },
    });
  });

  it('are told of by whoever publishes them, over the card', async () => {
    const id = await published({ 'model.onnx': identityModel(), 'README.md': Buffer.from(CARD) }, { metrics: [{ name: 'accuracy', value: 1 }], derivedFrom: ids[0] });
    expect(await told(id)).toMatchObject({ metrics: [{ name: 'accuracy', value: 1 }], lineage: { baseModel: 'google/vit', derivedFrom: { number: 1 } } });
  });

  it('are told of later, and compared by it', async () => {
    await update({ metrics: [{ name: 'wer', value: 0.2 }, { name: 'accuracy', value: 0.5 }], parameters: [{ name: 'epochs', value: '2' }], tags: [{ key: 'b', value: '1' }, { key: 'a' }], description: 'First.', dataset: 'own' });
    const { data } = await update({ dataset: null, derivedFrom: ids[1] });
    expect(data.updateVersion.version).toMatchObject({ description: 'First.', tags: [{ key: 'a', value: '' }, { key: 'b', value: '1' }], lineage: { dataset: null, derivedFrom: { number: 2 } } });
    const { metrics, parameters } = await compare(0, 3);
    expect(metrics).toEqual([{ name: 'accuracy', before: 0.5, after: 0.91 }, { name: 'cer', before: null, after: 0.04 }, { name: 'wer', before: 0.2, after: null }]);
    expect(parameters).toContainEqual({ name: 'epochs', before: '2', after: '3' });
    const audit = await bench.fresh.database.query<{ details: object }>({ text: `select details from audit_event where action = 'updateVersion' order by created_at limit 1`, values: [] });
    expect(audit).toMatchObject([{ details: { number: 1, dataset: 'own' } }]);
  });

  it.each([
    ['a link that is a program', { trainingRunUrl: 'javascript:alert(1)' }], ['a metric twice', { metrics: [{ name: 'a', value: 1 }, { name: 'a', value: 2 }] }], ['a metric without a name', { metrics: [{ name: '', value: 1 }] }],
    ['a parameter without end', { parameters: [{ name: 'a', value: 'x'.repeat(5_001) }] }], ['a dataset without end', { dataset: 'x'.repeat(1_001) }],
    ['too many metrics', { metrics: Array.from({ length: 201 }, (_, at) => ({ name: `${at}`, value: at })) }],
  ])('are not told %s', async (_what, story) => {
    const before = await told(ids[0]!);
    expect((await update(story)).codes).toEqual(['BAD_USER_INPUT']);
    expect(await told(ids[0]!)).toEqual(before);
  });

  it('do not come from themselves, nor from what the caller may not see, and are changed by developers alone', async () => {
    expect((await update({ derivedFrom: ids[0] })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await update({ derivedFrom: '01a20f48-b3af-7762-848b-c524ed0a7544' })).codes).toEqual(['VERSION_NOT_FOUND']);
    expect((await update({ dataset: 'x' }, makeCaller({ default: 'CALLER' }))).codes).toEqual(['FORBIDDEN']);
    expect((await update({ dataset: 'x' }, makeCaller({ other: 'ADMIN' }))).codes).toEqual(['VERSION_NOT_FOUND']);
    expect((await bench.ask(COMPARE, { a: ids[0], b: ids[1] }, makeCaller({ other: 'ADMIN' }))).codes).toEqual(['VERSION_NOT_FOUND']);
  });
});
