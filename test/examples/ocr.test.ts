import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { renderPage } from '../../examples/ocr/render';

const run = promisify(execFile);
/** None begins with a letter that the model takes for a digit (an o after a space): what is held here is our path, not its eyesight. */
const WORDS = ['harbour', 'lantern', 'meadow', 'bronze', 'Velvet', 'Copper', 'signal', 'Winter', 'chestnut', 'Granite', 'pepper', 'Compass', 'thunder', 'ribbon', 'Saddle', 'marble'];

describe('the demo', () => {
  let folder: string;
  beforeAll(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-ocr-')); });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads a picture that it has never seen, through a platform that it starts and stops itself', async () => {
    const lines = Array.from({ length: 6 }, () => `${WORDS[randomInt(WORDS.length)]!} ${WORDS[randomInt(WORDS.length)]!} ${randomInt(100, 10_000)}`);
    const texts = lines.map((text, index) => ({ text, x: 40, y: 80 + index * 70, sizePx: 32 }));
    const picture = path.join(folder, 'words.png');
    const expected = path.join(folder, 'words.txt');
    await writeFile(picture, renderPage({ width: 800, height: 544, texts }));
    await writeFile(expected, `${lines.join('\n')}\n`);

    const entry = path.resolve(__dirname, '../../dist/examples/ocr/main.js');
    // Port 9 answers nothing: the demo starts a platform of its own.
    const { stdout } = await run(process.execPath, [entry, '--url', 'http://127.0.0.1:9', '--picture', picture, '--expect', expected, '--json'], { maxBuffer: 1 << 24 });
    const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as { ok: boolean; lines: { text: string; confidence: number; timing: { computeMs: number } }[] };
    expect(result.lines.map(({ text }) => text)).toEqual(lines);
    expect(result.ok).toBe(true);
    for (const line of result.lines) {
      expect(line.confidence).toBeGreaterThan(0.8);
      expect(line.timing.computeMs).toBeGreaterThan(0);
    }
  }, 180_000);
});
