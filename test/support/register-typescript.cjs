/**
 * For child processes of tests: `node -r ./test/support/register-typescript.cjs file.ts` runs TypeScript as Jest does.
 * Compiled files are kept in `.cache/`, so that the compiler, whose address space a capped runner would have to pay for, is loaded only after a change.
 */
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const cache = path.join(root, '.cache', 'register-typescript');
const swcrc = fs.readFileSync(path.join(root, '.swcrc'), 'utf8');

function compile(filename) {
  const source = fs.readFileSync(filename, 'utf8');
  const key = crypto.createHash('sha256').update(swcrc).update(filename).update(source).digest('hex');
  const kept = path.join(cache, `${key}.js`);
  if (fs.existsSync(kept)) return fs.readFileSync(kept, 'utf8');
  const { code } = require('@swc/core').transformSync(source, { ...JSON.parse(swcrc), filename, swcrc: false, sourceMaps: 'inline' });
  fs.mkdirSync(cache, { recursive: true });
  // Another process may compile the same file at this moment: only whole files get the final name.
  const fresh = `${kept}.${process.pid}`;
  fs.writeFileSync(fresh, code);
  fs.renameSync(fresh, kept);
  return code;
}

require.extensions['.ts'] = (module, filename) => module._compile(compile(filename), filename);
