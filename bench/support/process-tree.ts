import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface ProcessRow {
  pid: number;
  parent: number;
  /** The program's short name, such as `postgres`. */
  name: string;
}

/** A process and those below it by parentage. */
export function processTree(root: number): ProcessRow[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n').map((line) => {
    const [pid, parent, ...name] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), name: name.join(' ') };
  });
  const found = rows.filter(({ pid }) => pid === root);
  for (let index = 0; index < found.length; index++) found.push(...rows.filter(({ parent }) => parent === found[index]!.pid));
  return found;
}

/** Of each process the processor time so far, by its id. Those that end meanwhile are left out of a difference. */
export async function cpuMsOf(rows: readonly ProcessRow[]): Promise<Map<number, number>> {
  return new Map(await Promise.all(rows.map(async ({ pid }) => [pid, await cpuMs(pid)] as const)));
}

/** Ended threads included (proc(5), stat; Linux counts in 10 ms). */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return 0;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export async function residentKib(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}
