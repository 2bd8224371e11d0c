/** For child processes of tests: `node -r ./test/support/register-typescript.cjs file.ts` runs TypeScript as Jest does. */
const { compile } = require('./typescript-compiler.cjs');

require.extensions['.ts'] = (module, filename) => module._compile(compile(filename), filename);
