import type { ErrorCode } from '../../platform/errors';
import { newId } from '../../platform/uuid';
import { ask } from '../support/ask';
import { eventually } from '../support/eventually';
import { makeItems, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const fp32 = (overrides: object = {}) => ({ name: 'x', datatype: 'FP32', shape: [1, 2], json: [1, 2], ...overrides });

const REFUSED: { title: string; code: ErrorCode; input: (deployed: Deployed) => object; says?: RegExp }[] = [
  { title: 'an unknown deployment', code: 'DEPLOYMENT_NOT_FOUND', input: () => ({ deployment: 'default/none' }) },
  { title: 'no items', code: 'BAD_USER_INPUT', input: () => ({ items: [] }) },
  { title: 'a priority out of range', code: 'BAD_USER_INPUT', input: () => ({ priority: 1_001 }) },
  { title: 'a deadline in the past', code: 'BAD_USER_INPUT', input: () => ({ deadlineMs: 0 }) },
  { title: 'an empty idempotency key', code: 'BAD_USER_INPUT', input: () => ({ idempotencyKey: '' }) },
  { title: 'an idempotency key with half a surrogate pair', code: 'BAD_USER_INPUT', input: () => ({ idempotencyKey: 'a\ud800' }), says: /well-formed/ },
  { title: 'an output asked for twice', code: 'OUTPUT_UNKNOWN', input: () => ({ outputs: ['y', 'y'] }), says: /twice/ },
  { title: 'an output the model has not', code: 'OUTPUT_UNKNOWN', input: () => ({ outputs: ['z'] }) },
  { title: 'a missing input', code: 'INPUT_MISSING', input: () => ({ items: [{ inputs: [] }] }), says: /^Item 0: / },
  { title: 'an input the model has not', code: 'INPUT_UNKNOWN', input: () => ({ items: [{ inputs: [fp32(), fp32({ name: 'z' })] }] }) },
  { title: 'another datatype', code: 'DATATYPE_MISMATCH', input: () => ({ items: [{ inputs: [fp32({ datatype: 'INT64' })] }] }) },
  { title: 'another rank', code: 'SHAPE_MISMATCH', input: () => ({ items: [{ inputs: [fp32({ shape: [2] })] }] }) },
  { title: 'another fixed dimension', code: 'SHAPE_MISMATCH', input: () => ({ items: [{ inputs: [fp32({ shape: [1, 3], json: [1, 2, 3] })] }] }) },
  { title: 'too few elements', code: 'ELEMENT_COUNT_MISMATCH', input: () => ({ items: [{ inputs: [fp32({ json: [1] })] }] }) },
  { title: 'a value that is none', code: 'TENSOR_INVALID', input: () => ({ items: [{ inputs: [fp32({ json: [1, 'two'] })] }] }) },
  { title: 'base64 that is none', code: 'TENSOR_INVALID', input: () => ({ items: [{ inputs: [fp32({ json: undefined, base64: '?' })] }] }) },
  { title: 'two forms of data', code: 'TENSOR_INVALID', input: () => ({ items: [{ inputs: [fp32({ blob: newId() })] }] }) },
  { title: 'no data', code: 'TENSOR_INVALID', input: () => ({ items: [{ inputs: [fp32({ json: undefined })] }] }) },
  { title: 'a large tensor inline', code: 'TENSOR_TOO_LARGE', input: () => ({ items: [{ inputs: [fp32({ shape: [8_193, 2], json: [] })] }] }) },
  { title: 'a blob nobody uploaded', code: 'TENSOR_NOT_FOUND', input: () => ({ items: [{ inputs: [fp32({ json: undefined, blob: newId() })] }] }) },
  { title: 'a blob that is no id', code: 'TENSOR_NOT_FOUND', input: () => ({ items: [{ inputs: [fp32({ json: undefined, blob: '../x' })] }] }) },
];

describe('submitInference', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  const count = async (table: string) => Number((await bench.database.query<{ n: string }>({ text: `select count(*) as n from ${table}`, values: [] }))[0]!.n);
  const submit = (input: object) => ask(bench.subgraph, SUBMIT, { variables: { input: { deployment: deployed.fullName, items: [{ inputs: [fp32()] }], ...input } } });

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
  });
  afterAll(() => bench.close());

  it.each(REFUSED)('refuses $title with $code and keeps nothing', async ({ code, input, says = /\w/ }) => {
    const before = await count('job');
    const answer = await submit(input(deployed));
    expect(answer.codes).toEqual([code]);
    expect(answer.messages[0]).toMatch(says);
    expect(await count('job')).toBe(before);
  });

  it('answers with the job as its row reads', async () => {
    const fields = 'id status seq attempt priority itemCount finishedCount failedCount progress deadlineAt createdAt startedAt finishedAt error { code } '
      + 'namespace { name } deployment { id } revision { id } modelVersion { id } createdBy { id } timing { queuedMs totalMs computeMs }';
    const items = [{ inputs: [fp32()] }, { inputs: [fp32()] }];
    const mutation = `mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { ${fields} } } }`;
    const { job } = (await ask(bench.subgraph, mutation, { variables: { input: { deployment: deployed.fullName, items, priority: 3, deadlineMs: 60_000 } } })).data.submitInference;
    const read = await ask(bench.subgraph, `query ($id: ID!) { job(id: $id) { ${fields} } }`, { variables: { id: job.id } });
    expect(read.data.job).toEqual({ ...job, timing: expect.anything() });
    expect(read.data.job.deadlineAt).not.toBeNull();
  });

  it('names the item and the tensor at fault', async () => {
    const items = [...makeItems(3), { inputs: [fp32({ json: [1, 2, 3] })] }];
    await expect(bench.services.submits.submit(SCOPE, { deployment: deployed.fullName, items: items as never })).rejects.toMatchObject({
      code: 'ELEMENT_COUNT_MISMATCH', details: { item: 3, tensor: 'x' }, message: expect.stringMatching(/^Item 3: Tensor "x"/) as string,
    });
  });

  it('refuses a deployment that serves nothing yet, and the same call succeeds once it does', async () => {
    const pending = await bench.deploy({ isLive: false });
    expect((await submit({ deployment: pending.fullName })).codes).toEqual(['DEPLOYMENT_NOT_READY']);
    await bench.database.query({ text: `update deployment set status = 'READY', live_release_id = (select id from release where deployment_id = $1) where id = $1`, values: [pending.deploymentId] });
    await eventually(async () => expect((await submit({ deployment: pending.fullName })).codes).toEqual([]));
  });

  describe('with an idempotency key', () => {
    const keyed = (key: string, overrides: object = {}) => submit({ idempotencyKey: key, ...overrides });

    it('answers the same job to the same body, also when both come at once', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => keyed('k1')));
      const ids = new Set(answers.map(({ data }) => data.submitInference.job.id));
      expect(ids.size).toBe(1);
      expect((await keyed('k1')).data.submitInference.job.id).toBe([...ids][0]);
    });

    it('refuses another body, and says which job the key made', async () => {
      const { id } = (await keyed('k2')).data.submitInference.job;
      const answer = await keyed('k2', { priority: 5 });
      expect(answer.codes).toEqual(['IDEMPOTENCY_CONFLICT']);
      expect(answer.messages[0]).toContain(id);
    });

    it('lets another principal use the same key for itself', async () => {
      const other = { ...SCOPE, caller: { ...SCOPE.caller, principalId: newId() } };
      const request = { deployment: deployed.fullName, items: makeItems(1), idempotencyKey: 'k3' };
      expect(await bench.services.submits.submit(other, request)).not.toBe(await bench.services.submits.submit(SCOPE, request));
    });
  });

  it('lets submits that share a statement fail for their own faults alone', async () => {
    // A zero byte passes every check of ours and is refused by Postgres.
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => bench.services.submits.submit(
      { ...SCOPE, requestId: index === 4 ? 'zero \0 byte' : 'fine' }, { deployment: deployed.fullName, items: makeItems(2) },
    )));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(4).fill('fulfilled'), 'rejected', ...Array<string>(4).fill('fulfilled')]);
  });

  it('writes each job with its chunks, its first event and its audit event, or nothing of it', async () => {
    const before = await Promise.all(['job', 'job_chunk', 'job_event', 'audit_event'].map(count));
    await Promise.all([bench.submit(deployed.fullName, 1), bench.submit(deployed.fullName, 64)]);
    const after = await Promise.all(['job', 'job_chunk', 'job_event', 'audit_event'].map(count));
    expect(after.map((value, index) => value - before[index]!)).toEqual([2, 33, 2, 2]);
    const rows = await bench.database.query<{ action: string; subject: string }>({ text: `select action, subject_type as subject from audit_event order by id desc limit 1`, values: [] });
    expect(rows).toEqual([{ action: 'submitInference', subject: 'Job' }]);
  });

  it('makes a missing partition by itself', async () => {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    for (const table of ['job', 'job_chunk', 'job_event']) await bench.database.query({ text: `drop table if exists ${table}_${day}`, values: [] });
    expect(await bench.submit(deployed.fullName)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
