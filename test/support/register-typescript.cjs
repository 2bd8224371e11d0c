/** For child processes of tests: `node -r ./test/support/register-typescript.cjs file.ts` runs TypeScript as Jest does. */
const fs = require('node:fs');
const path = require('node:path');
const { transformSync } = require('@swc/core');

const root = path.resolve(__dirname, '..', '..');
const options = JSON.parse(fs.readFileSync(path.join(root, '.swcrc'), 'utf8'));

require.extensions['.ts'] = (module, filename) => {
  const source = fs.readFileSync(filename, 'utf8');
  module._compile(transformSync(source, { ...options, filename, swcrc: false, sourceMaps: 'inline' }).code, filename);
};
require('reflect-metadata');
