/**
 * Compiles TypeScript sources for child processes of tests, as Jest does for its own. Results are kept in `.cache/`: the compiler maps
 * more than a gigabyte of address space, which a runner under its memory cap does not have.
 */
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const cache = path.join(root, '.cache', 'typescript');
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

/** What a capped runner loads, ahead of time. */
function precompile(folders) {
  for (const folder of folders) {
    for (const entry of fs.readdirSync(path.join(root, folder), { recursive: true })) {
      if (entry.endsWith('.ts') && !entry.endsWith('.test.ts')) compile(path.join(root, folder, entry));
    }
  }
}

module.exports = { compile, precompile };
