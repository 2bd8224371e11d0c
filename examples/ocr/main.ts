import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ApiClient } from './client';
import type { Timing } from './infer';
import { findOrStartPlatform } from './platform-process';
import { readTextIn, type TextLine } from './read-picture';

const options = {
  url: { type: 'string', default: 'http://127.0.0.1:4000' },
  key: { type: 'string' },
  picture: { type: 'string', default: 'examples/invoice.png' },
  expect: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const ms = (value: number | null) => `${(value ?? 0).toFixed(1)} ms`;
const where = ({ queuedMs, batchWaitMs, computeMs }: Timing) => `queued ${ms(queuedMs)}, batch wait ${ms(batchWaitMs)}, compute ${ms(computeMs)}`;

/** The lines a picture must hold: the file named, or the one that lies beside the example invoice. */
async function expectedLines(picture: string, file: string | undefined): Promise<string[] | null> {
  const name = file ?? (picture === options.picture.default ? 'examples/invoice.txt' : null);
  return name === null ? null : (await readFile(name, 'utf8')).split('\n').filter(Boolean);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const print = (text: string) => { if (!values.json) process.stdout.write(`${text}\n`); };
  const expected = await expectedLines(values.picture, values.expect);
  const platform = await findOrStartPlatform(values.url);
  const api = new ApiClient(platform.url, values.key ?? null);
  const startedAt = performance.now();
  try {
    print(`reading ${values.picture} with ${platform.url}`);
    const { detection, lines } = await readTextIn(api, values.picture, (line: TextLine) => {
      print(`${String(line.index + 1).padStart(3)}  ${line.text.padEnd(32)} ${(line.confidence * 100).toFixed(1)} %   ${where(line.timing)}`);
    });
    const missing = (expected ?? []).filter((text) => !lines.some((line) => line.text === text));
    const ok = lines.length > 0 && missing.length === 0;
    const tookMs = performance.now() - startedAt;
    print(`${lines.length} lines in ${(tookMs / 1000).toFixed(1)} s; detection: ${where(detection)}`);
    for (const text of missing) print(`not read: ${text}`);
    if (values.json) process.stdout.write(`${JSON.stringify({ ok, lines, missing, detection, tookMs })}\n`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    await api.close();
    await platform.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
