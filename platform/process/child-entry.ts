import path from 'node:path';

/** A program of ours as `spawn` and `fork` take it: `node ...execArgv file`. */
export interface ChildEntry {
  file: string;
  execArgv: string[];
}

const root = path.resolve(__dirname, '..', '..');
const isCompiled = path.extname(__filename) === '.js';

/**
 * Finds a program of our own tree: the compiled file when this process runs compiled, otherwise the TypeScript source behind a require
 * hook, so that tests start the same child processes without a build.
 * @param program path below the root without extension, such as `workers/runtime/runner.main`
 */
export function childEntry(program: string): ChildEntry {
  if (isCompiled) return { file: path.join(root, `${program}.js`), execArgv: ['--enable-source-maps'] };
  return { file: path.join(root, `${program}.ts`), execArgv: ['--require', path.join(root, 'test', 'support', 'register-typescript.cjs')] };
}
