import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { must, run } from './command';
import type { Verified } from './verified';

export interface PythonClient {
  /** Of the folder in `scripts/verify` with `client.py` and `requirements.txt`. */
  name: string;
  args: readonly string[];
}

/** Whether Python with virtual environments is on this machine. */
export async function hasPython(): Promise<boolean> {
  return (await run('python3', ['-c', 'import venv, ensurepip'])).status === 0;
}

/** Runs a client of a platform with its published packages, in a virtual environment that is kept; its last line is how many checks passed and failed. */
export async function runPython({ name, args }: PythonClient): Promise<Verified> {
  const source = path.resolve('scripts/verify', name);
  const cache = path.resolve('.cache/verify', name);
  const python = path.join(cache, 'bin', 'python');
  await mkdir(path.dirname(cache), { recursive: true });
  if (await stat(python).then(() => false, () => true)) await must('python3', ['-m', 'venv', cache]);
  await must(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', path.join(source, 'requirements.txt')]);
  const { status, output } = await run(python, [path.join(source, 'client.py'), ...args]);
  process.stderr.write(output);
  const [, passed, failed] = /(\d+) (\d+)\n$/.exec(output) ?? [null, '0', '1'];
  return { ok: status === 0 && failed === '0', figures: { passed: Number(passed), failed: Number(failed) } };
}
