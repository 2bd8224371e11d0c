import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ApiClient } from './client';
import { findOrStartPlatform } from './platform-process';
import { readTextIn } from './read-picture';
import { Report } from './report';

const options = {
  url: { type: 'string', default: 'http://127.0.0.1:4000' },
  key: { type: 'string' },
  picture: { type: 'string', default: 'examples/invoice.png' },
  expect: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** The lines a picture must hold: those of the file named, or of the one that lies beside the example invoice. */
async function expectedLines(picture: string, file: string | undefined): Promise<string[]> {
  const name = file ?? (picture === options.picture.default ? 'examples/invoice.txt' : null);
  return name === null ? [] : (await readFile(name, 'utf8')).split('\n').filter(Boolean);
}

async function main(): Promise<void> {
  const { values: { url, key, picture, expect, json } } = parseArgs({ options });
  const expected = await expectedLines(picture, expect);
  const platform = await findOrStartPlatform(url);
  const api = new ApiClient(platform.url, key ?? null);
  const report = new Report(json);
  try {
    report.begin(picture, platform.url);
    process.exitCode = report.end(await readTextIn(api, picture, report.line), expected) ? 0 : 1;
  } finally {
    await api.close();
    await platform.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
