import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'graphql';
import { BOOTSTRAP_ADMIN } from '../../platform/caller';
import { PlatformError } from '../../platform/errors';
import { subscribeOperation } from '../../platform/subgraph/run-operation';
import { eventually } from '../support/eventually';
import { makeCaller } from '../support/ask';
import { foreignOperatorModel, identityModel, sequenceModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

const VERSION = `query ($id: ID!) { modelVersion(id: $id) { state inspection { state code message }
  signature { inputs { name datatype shape { size name } } outputs { name } } graph { nodeCount operators { name count } operatorSets { domain version } } } }`;

describe('the inspection of a version', () => {
  let bench: RegistryBench;

  beforeEach(async () => {
    bench = await openRegistry();
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
  });
  afterEach(() => bench.close());

  const read = async (id: string) => (await bench.ask(VERSION, { id })).data.modelVersion;
  const settled = (id: string) => eventually(async () => {
    const version = await read(id);
    expect(version.state).not.toBe('INSPECTING');
    return version;
  }, { timeoutMs: 30_000 });
  const follow = async (id: string, caller = BOOTSTRAP_ADMIN) => subscribeOperation(bench.subgraph, {
    document: parse('subscription ($id: ID!) { modelVersionUpdated(id: $id) { state } }'), variables: { id }, scope: { requestId: 'r', caller },
  });

  it('makes a model that the runtime can serve READY, with its signature, and ends the stream of who follows', async () => {
    const { versionId } = await bench.push('default/m', identityModel('FP32', ['n', 4]));
    const stream = await follow(versionId) as AsyncIterableIterator<unknown>;
    expect(JSON.stringify(await stream.next())).toContain('INSPECTING');
    bench.inspector.start();
    expect(JSON.stringify(await stream.next())).toContain('READY');
    expect(await stream.next()).toMatchObject({ done: true });
    expect(await read(versionId)).toMatchObject({
      state: 'READY', inspection: { state: 'PASSED', code: null, message: null },
      signature: { inputs: [{ datatype: 'FP32', shape: [{ size: null, name: 'n' }, { size: 4, name: null }] }], outputs: [{}] },
      graph: { nodeCount: 1, operators: [{ name: 'Identity', count: 1 }] },
    });
  });

  it.each([
    ['what is no ONNX file', () => randomBytes(5_000), 'MODEL_INVALID'],
    ['a file that is cut short', () => identityModel().subarray(0, -7), 'MODEL_INVALID'],
    ['a model with a sequence at its edge', sequenceModel, 'MODEL_UNSUPPORTED'],
    ['a model with bfloat16 at its edge', () => identityModel('BF16'), 'MODEL_UNSUPPORTED'],
    ['a model with an operator that the runtime does not know', foreignOperatorModel, expect.stringMatching(/^MODEL_/)],
  ])('rejects %s and says why', async (_what, make, code) => {
    const { versionId } = await bench.push('default/m', make());
    bench.inspector.start();
    const { state, inspection } = await settled(versionId);
    expect({ state, inspection }).toEqual({ state: 'REJECTED', inspection: { state: 'FAILED', code, message: expect.stringMatching(/.{10}/) } });
  });

  it('resumes what a process that died had in hand', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    await bench.fresh.database.query({ text: 'update model_version set inspection_attempts = 1', values: [] });
    bench.inspector.start();
    expect(await settled(versionId)).toMatchObject({ state: 'READY' });
  });

  it('gives up a file that broke off every attempt', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    await bench.fresh.database.query({ text: 'update model_version set inspection_attempts = 3', values: [] });
    bench.inspector.start();
    expect(await settled(versionId)).toMatchObject({ state: 'REJECTED', inspection: { code: 'MODEL_INVALID' } });
  });

  it('tries again what failed by a fault of ours', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    let isBroken = true;
    const inspector = bench.makeInspector(() => (isBroken ? Promise.reject(new Error('no processes left')) : Promise.resolve()));
    inspector.wake();
    await eventually(async () => expect(await bench.fresh.database.query({ text: 'select 1 from model_version where inspection_attempts = 1', values: [] })).toHaveLength(1));
    expect(await read(versionId)).toMatchObject({ state: 'INSPECTING', inspection: { state: 'PENDING' } });
    isBroken = false;
    await eventually(async () => {
      inspector.wake();
      expect(await read(versionId)).toMatchObject({ state: 'READY' });
    });
    await inspector.stop();
  });

  it('judges no model while the store is away, however often it looks', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    const objects = path.join(bench.folder, 'objects');
    const unmount = async () => {
      await rename(objects, `${objects}.away`);
      await writeFile(objects, 'no folder');
    };
    const goesAway = bench.makeInspector(async () => {
      await unmount();
      throw new PlatformError('MODEL_LOAD_FAILED', 'No such file.');
    });
    for (const inspector of [goesAway, ...Array.from({ length: 5 }, () => bench.makeInspector())]) {
      inspector.wake();
      await inspector.stop();
      expect(await read(versionId)).toMatchObject({ state: 'INSPECTING' });
    }
    await rm(objects);
    await rename(`${objects}.away`, objects);
    bench.inspector.wake();
    expect(await settled(versionId)).toMatchObject({ state: 'READY' });
  });

  it('runs one at a time, over all processes', async () => {
    let [running, most] = [0, 0];
    const probe = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const receipts = await Promise.all([1, 2, 3, 4].map((size) => bench.push('default/m', identityModel('FP32', ['n', size]))));
    const inspectors = [bench.makeInspector(probe), bench.makeInspector(probe)];
    inspectors.forEach((inspector) => inspector.start());
    for (const { versionId } of receipts) expect(await settled(versionId)).toMatchObject({ state: 'READY' });
    expect(most).toBe(1);
    await Promise.all(inspectors.map((inspector) => inspector.stop()));
  });

  it('keeps what it read of a model that then cannot be loaded', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    const inspector = bench.makeInspector(() => Promise.reject(new PlatformError('MODEL_LOAD_FAILED', 'it does not fit in memory')));
    inspector.wake();
    expect(await settled(versionId)).toMatchObject({ state: 'REJECTED', signature: { inputs: [{}] }, inspection: { code: 'MODEL_LOAD_FAILED', message: 'it does not fit in memory' } });
    await inspector.stop();
  });

  it('is followed by nobody who has no role in the namespace', async () => {
    const { versionId } = await bench.push('default/m', identityModel());
    expect(await follow(versionId, makeCaller({ other: 'ADMIN' }))).toMatchObject({ errors: [{ extensions: { code: 'VERSION_NOT_FOUND' } }] });
  });
});
