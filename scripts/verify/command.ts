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
