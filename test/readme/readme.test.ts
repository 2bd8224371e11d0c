import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { ApiClient } from '../../examples/ocr/client';
import { eventually } from '../support/eventually';
import { codeBlocks, type CodeBlock } from './code-blocks';
import { ShownAnswers } from './shown-answer';

const root = path.resolve(__dirname, '../..');
const blocks = codeBlocks(readFileSync(path.join(root, 'README.md'), 'utf8'));
const scripts = (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

/** Each operation or curl with the answer shown right below it. */
const steps = blocks.flatMap((block, index) => {
  const answer = blocks[index + 1];
  const isRun = block.language === 'graphql' || block.text.startsWith('curl');
  return isRun && answer?.language === 'json' ? [{ block, shown: JSON.parse(answer.text) as unknown }] : [];
});

describe('the README', () => {
  let platform: PlatformProcess;
  let api: ApiClient;
  const answers = new ShownAnswers();

  beforeAll(async () => {
    platform = await startPlatform();
    api = new ApiClient(platform.url, null);
  });
  afterAll(async () => {
    await api?.close();
    await platform?.stop();
  });

  it('names only scripts that exist', () => {
    const named = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1]!));
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    expect(steps.length).toBeGreaterThan(4);
  });

  it.each(steps.map((step) => [step.block.text.split('\n')[0]!, step] as const))('shows the real answer of: %s', async (_title, { block, shown }) => {
    if (/^\s*query|^\s*\{/.test(block.text)) {
      await eventually(async () => expect(answers.difference(shown, await run(block))).toBeNull(), { timeoutMs: 30_000 });
    } else {
      expect(answers.difference(shown, await run(block))).toBeNull();
    }
  });

  /** A subscription that shows a list is held against all its events, one that shows an object against its last. */
  async function run({ language, text }: CodeBlock): Promise<unknown> {
    const realised = answers.realise(text).replaceAll('http://127.0.0.1:4000', platform.url);
    if (language === 'sh') return JSON.parse(execFileSync('bash', ['-c', realised], { cwd: root, encoding: 'utf8' }));
    if (!realised.trimStart().startsWith('subscription')) return { data: await api.request(realised) };
    const events: unknown[] = [];
    for await (const data of api.subscribe(realised)) events.push({ data });
    return realised.includes('jobEvents') ? events : events.at(-1);
  }
});
