import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSampling, type Sampling } from '../../platform/generation/sampling';
import { Runner, type RunnerSettings } from '../../workers/runtime/runner';
import { decoderModel, tokensAfter, type DecoderOptions } from '../support/decoder-models';
import { mlpModel } from '../support/onnx';

const MiB = 1024 * 1024;
const folder = mkdtempSync(path.join(os.tmpdir(), 'generation-test-'));
const running: Runner[] = [];

async function start(model: Buffer, overrides: Partial<RunnerSettings> = {}): Promise<Runner> {
  const file = path.join(folder, 'model.onnx');
  writeFileSync(file, model);
  const { runner } = await Runner.start({ memoryBytes: 256 * MiB, threads: 1, timeoutMs: 20_000, loadTimeoutMs: 20_000, ...overrides }, file);
  running.push(runner);
  return runner;
}

async function stepOf(runner: Runner, generation: string, tokens: readonly number[], sampling: Partial<Sampling> = {}): Promise<number> {
  const step = { generation, tokens: Int32Array.from(tokens), sampling: readSampling({ seed: 1, ...sampling }) };
  const [result] = await runner.run([{ inputs: [], outputs: null, step }]);
  const { datatype, data } = result!.outputs[0]!;
  expect(datatype).toBe('INT32');
  return new Int32Array(data.slice().buffer)[0]!;
}

async function generate(runner: Runner, generation: string, prompt: readonly number[], count: number): Promise<number[]> {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + count) tokens.push(await stepOf(runner, generation, tokens));
  return tokens.slice(prompt.length);
}

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => Promise.all(running.splice(0).map((runner) => runner.close())));

describe('a runner that is asked for tokens', () => {
  const prompt = [5, 1, 4];

  it.each<[string, DecoderOptions]>([['with a cache', {}], ['without one', { isCached: false }], ['that is merged of both', { hasBranch: true }]])(
    'gives what a model %s says, for generations in turn, and where all is to be computed again', async (_title, options) => {
      const runner = await start(decoderModel(options));
      const expected = tokensAfter(prompt, 12);
      expect(await generate(runner, 'one', prompt, 4)).toEqual(expected.slice(0, 4));
      expect(await generate(runner, 'two', [9], 3)).toEqual(tokensAfter([9], 3));
      const soFar = [...prompt, ...expected.slice(0, 4)];
      // The cache is there, is not, was forgotten, holds the last token already.
      expect(await stepOf(runner, 'one', soFar)).toBe(expected[4]);
      expect(await stepOf(runner, 'three', soFar)).toBe(expected[4]);
      runner.forget('one');
      expect(await stepOf(runner, 'one', soFar)).toBe(expected[4]);
      expect(await stepOf(runner, 'one', soFar)).toBe(expected[4]);
      expect(await generate(runner, 'one', soFar, 8)).toEqual(expected.slice(4));
    },
  );

  it('goes on where the caches of two sequences do not fit together, and says so where one alone does not', async () => {
    // A token's cache is 512 KiB, and a quarter of the memory is for caches: 64 tokens.
    const runner = await start(decoderModel({ ballast: 65_535 }), { memoryBytes: 128 * MiB });
    expect(await generate(runner, 'one', prompt, 2)).toEqual(tokensAfter(prompt, 2));
    const long = Array.from({ length: 60 }, (_, index) => index % 32);
    const [first] = tokensAfter(long, 1);
    expect(await stepOf(runner, 'two', long)).toBe(first);
    expect(await generate(runner, 'one', [...prompt, ...tokensAfter(prompt, 2)], 1)).toEqual(tokensAfter(prompt, 3).slice(2));
    const tooLong = Array.from({ length: 75 }, () => 1);
    await expect(stepOf(runner, 'three', tooLong)).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: expect.stringMatching(/75 tokens holds .* at most/) });
    expect(await stepOf(runner, 'two', long)).toBe(first);
  });

  it('holds no more memory the more steps it has done', async () => {
    const runner = await start(decoderModel({ ballast: 8_191 }), { memoryBytes: 256 * MiB });
    for (let sequence = 0; sequence < 2; sequence++) {
      // 120 tokens of 64 KiB: without an end of each old cache they would be 470 MiB a round, more than the runner may have.
      expect(await generate(runner, `sequence ${sequence}`, prompt, 120)).toEqual(tokensAfter(prompt, 120));
      runner.forget(`sequence ${sequence}`);
    }
  });

  it.each<[string, DecoderOptions, RegExp]>([
    ['logits are NaN', { breaksAt: 5 }, /NaN for the logit of token 0/], ['cache has another shape than it declares', { isForgetful: true }, /present\.0\.key" of shape \[1, 1, 1, 1\]; \[1, 1, 4, 1\]/],
  ])('refuses a model whose %s, and lives on', async (_title, options, message) => {
    const runner = await start(decoderModel(options));
    await expect(generate(runner, 'one', prompt, 8)).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: expect.stringMatching(message) });
    expect(await stepOf(runner, 'two', [1])).toBe(tokensAfter([1], 1)[0]);
  });

  it.each<[string, Buffer, RegExp]>([
    ['is no decoder', mlpModel(), /takes an input "input", which is none of a decoder's/], ['takes what no decoder has', decoderModel({ extraInput: 'encoder_hidden_states' }), /encoder_hidden_states/],
  ])('refuses a model that %s', async (_title, model, message) => {
    const runner = await start(model);
    await expect(stepOf(runner, 'one', prompt)).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: expect.stringMatching(message) });
  });

  it('draws by lot as the seed says, the same on another runner', async () => {
    const [one, other] = [await start(decoderModel()), await start(decoderModel({ isCached: false }))];
    const sampling = { temperature: 20, topK: 8, seed: 11 };
    const drawn = async (runner: Runner, seed: number): Promise<number[]> => {
      const tokens = [...prompt];
      for (let step = 0; step < 10; step++) tokens.push(await stepOf(runner, `drawn ${seed}`, tokens, { ...sampling, seed }));
      return tokens;
    };
    const tokens = await drawn(one, 11);
    expect(await drawn(other, 11)).toEqual(tokens);
    expect(await drawn(one, 12)).not.toEqual(tokens);
    expect(tokens.slice(3)).not.toEqual(tokensAfter(prompt, 10));
  });
});
