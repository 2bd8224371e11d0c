import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { GitUser } from '../support/git-user';
import { openGitRegistry, type GitRegistry } from '../support/git-registry';
import { embeddingModel } from '../support/onnx';

const CLIENT = path.resolve('test/support/transformers.client.mjs');
const WIDTH = 4;
/** By their place in the list. */
const WORDS = ['[UNK]', 'models', 'of', 'graph'];

let bench: GitRegistry;
let ada: GitUser;

beforeAll(async () => {
  bench = await openGitRegistry();
  ada = new GitUser();
  const remote = await bench.makeModel('default/tiny');
  await ada.must('.', 'clone', '-q', remote, 'tiny');
  ada.write('tiny/model.onnx', embeddingModel(WORDS.length, WIDTH, { input: 'input_ids', output: 'last_hidden_state' }));
  ada.write('tiny/config.json', JSON.stringify({ model_type: 'bert', architectures: ['BertModel'] }));
  ada.write('tiny/tokenizer_config.json', JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', unk_token: '[UNK]' }));
  ada.write('tiny/tokenizer.json', JSON.stringify({
    version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: { type: 'Whitespace' }, post_processor: null, decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(WORDS.map((word, at) => [word, at])), unk_token: '[UNK]' },
  }));
  await ada.must('tiny', 'add', '.');
  await ada.must('tiny', 'commit', '-qm', 'a tiny model');
  expect(await ada.must('tiny', 'push', 'origin', 'main')).toContain('version 1 of default/tiny: READY');
  await bench.ask('mutation { setAlias(input: { model: "default/tiny", alias: "production", version: 1 }) { alias { name } } }');
}, 60_000);
afterAll(async () => { ada?.remove(); await bench?.close(); });

/** What the client printed. In a process of its own: onnxruntime's tensors know only the arrays of the realm that loaded it. */
async function transformers(key: string): Promise<{ ids: number[]; dims: number[]; row: number[]; refusal: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, `${bench.url}/hf`, ada.folder('cache'), key]);
  return JSON.parse(stdout);
}

const viewerKey = async () => new URL(await bench.remote('default/tiny', 'VIEWER')).password;

describe('transformers.js, unmodified', () => {
  it('loads a tokenizer by an alias and a model by its version with a viewer\'s key, and runs them', async () => {
    const { ids, dims, row, refusal } = await transformers(await viewerKey());
    expect([ids, dims]).toEqual([[3, 2, 1], [1, 3, WIDTH]]);
    expect(row.some((value) => value !== 0)).toBe(true);
    expect(refusal).toMatch(/404|not locate/i);
  }, 60_000);

  it('loads nothing with a wrong key', async () => {
    await expect(transformers('wrong')).rejects.toThrow(/[Uu]nauthori[sz]ed/);
  }, 60_000);
});
