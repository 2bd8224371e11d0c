import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ERRORS } from '../../platform/errors';
import { generatedPages } from '../../scripts/pages';

const root = path.resolve(__dirname, '../..');

describe('the generated pages', () => {
  it.each(Object.entries(generatedPages()))('%s tells what the code does; npm run docs writes it', (file, text) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(text);
  });

  it('lists no error code that nothing raises', () => {
    const sources = execFileSync('git', ['grep', '-hoE', "'[A-Z_]{6,}'", '--', '*.ts', ':!platform/errors.ts', ':!*.test.ts'], { cwd: root, encoding: 'utf8' });
    const used = new Set(sources.split('\n').map((quoted) => quoted.slice(1, -1)));
    expect(Object.keys(ERRORS).filter((code) => !used.has(code))).toEqual([]);
  });
});
