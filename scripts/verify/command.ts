import { spawn } from 'node:child_process';

export interface Ended {
  status: number | null;
  output: string;
}

/** Runs a program to its end and keeps what it prints; -1 when there is no such program. */
export function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text: string) => { output += text; };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => resolve({ status: -1, output: error.message }));
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** @throws when the program is missing or fails, with the end of what it printed */
export async function must(program: string, args: readonly string[]): Promise<string> {
  const { status, output } = await run(program, args);
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 8).join(' ')} ended with ${status}:\n${output.slice(-2_000)}`);
  return output;
}

/** Debian's packages, when the program is not there yet. */
export async function install(program: string, packages: readonly string[]): Promise<void> {
  if (await must('sh', ['-c', `command -v ${program} || true`])) return;
  await must('apt-get', ['update', '-qq']);
  await must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}
