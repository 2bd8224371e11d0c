import fs from 'node:fs';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { BAD_OIP } from '../inference/oip.corpus';
import { BAD_JOBS } from '../gateway/jobs-rest.corpus';
import { Attacker } from '../support/attacker';
import { identityModel } from '../support/onnx';
import { runnersOf } from '../support/runner-processes';
import { DOORS } from './corpus/doors';
import { BAD_CALLS, BAD_INFERENCES, type BadInference } from './corpus/inference';

const INFER = 'mutation ($input: InferInput!) { infer(input: $input) { outputs { name } } }';
const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const CALLS = [...BAD_INFERENCES, ...BAD_CALLS];
const asSubmit = ({ input: { inputs, ...rest } }: BadInference): object => ({ ...rest, items: [{ inputs }] });

let platform: PlatformProcess;
let attacker: Attacker;
let runners: number[];

beforeAll(async () => {
  // A spare runner may come later than the first look.
  platform = await startPlatform({ env: { WORKER_SPARE_RUNNERS: '0' } });
  attacker = new Attacker(platform.url);
  await attacker.deploy('default/pair', identityModel('FP32', ['n', 2]));
  runners = runnersOf([platform.pid]).map(({ pid }) => pid);
}, 60_000);
afterAll(() => platform?.stop());

/** Nothing crashed: the same runner serves, and no job came of it. */
async function expectUnharmed(): Promise<void> {
  const { data } = await attacker.ask<{ infer: unknown }>(INFER, { input: { deployment: 'default/pair', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], json: [1, 2] }] } });
  expect(data).toEqual({ infer: { outputs: [{ name: 'y' }] } });
  expect(runnersOf([platform.pid]).map(({ pid }) => pid)).toEqual(runners);
  expect(await attacker.ask('{ jobs(first: 1) { edges { node { id } } } }')).toMatchObject({ data: { jobs: { edges: [] } } });
}

/** A WebSocket message ends at 64 KiB, which `frames.test.ts` shows. */
const fits = (door: string) => ({ input }: BadInference): boolean => door !== 'WebSocket' || JSON.stringify(input).length < 60_000;

describe.each(DOORS)('inference by $name', ({ name, ask }) => {
  it.each(CALLS.filter(fits(name)).map((bad) => [bad.title, bad] as const))('of %s is refused with its code', async (_title, { input, code }) => {
    expect(await ask(platform.url, { text: INFER, variables: { input } })).toEqual([expect.objectContaining({ code, requestId: expect.any(String) })]);
  });

  it('that is queued is refused alike', async () => {
    const bad = BAD_INFERENCES.filter(fits(name));
    const codes = await Promise.all(bad.map(async (each) => [each.title, (await ask(platform.url, { text: SUBMIT, variables: { input: asSubmit(each) } }))[0]?.code]));
    expect(codes).toEqual(bad.map(({ title, code }) => [title, code]));
    await expectUnharmed();
  });
});

it('all bad requests of all doors, again and again, leave memory as it was', async () => {
  expect(BAD_OIP.length + BAD_JOBS.length + CALLS.length * DOORS.length).toBeGreaterThan(450);
  const residentBytes = (): number => Number(fs.readFileSync(`/proc/${platform.pid}/statm`, 'latin1').split(' ')[1]) * 4_096;
  const round = async (): Promise<void> => {
    for (const { body, headers } of BAD_OIP) await settled(fetch(`${platform.url}/v2/models/default/pair/infer`, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) }));
    for (const { input } of CALLS) await attacker.ask(INFER, { input });
    for (const { path, body, headers = {}, method = body === undefined ? 'GET' : 'POST' } of BAD_JOBS) {
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      await settled(fetch(`${platform.url}/v1/jobs${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, body: text }));
    }
  };
  for (let count = 0; count < 3; count += 1) await round();
  const before = residentBytes();
  for (let count = 0; count < 5; count += 1) await round();
  expect(residentBytes() - before).toBeLessThan(48 * 1_048_576);
  await expectUnharmed();
}, 120_000);

/** Every request ends, with 4xx. */
async function settled(request: Promise<Response>): Promise<void> {
  const response = await request;
  await response.arrayBuffer();
  expect(Math.floor(response.status / 100)).toBe(4);
}
