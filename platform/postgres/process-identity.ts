import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

export function isAlive(pid: number): boolean {
  // Signal 0 to pid 0 would ask about our own process group.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in the system's own terms: pid and start together are never used twice. Null when it is gone. */
export function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'lstart=');
  return statFields(pid)?.[19] ?? null;
}

/** The command line of a process, to tell a server of ours from a recycled pid; '' when it is gone or hidden. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function isZombie(pid: number): boolean {
  return process.platform === 'linux' && statFields(pid)?.[0] === 'Z';
}

/** The fields of /proc/<pid>/stat after the command, which may itself hold spaces and parentheses (proc(5)). */
function statFields(pid: number): string[] | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', column], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null;
  } catch {
    return null;
  }
}
