import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { childEntry } from '../../platform/process/child-entry';
import { eventually } from '../support/eventually';

let supervisor: ChildProcess;
/** Of the latest line that it printed. */
let pids: number[] = [];

beforeEach(async () => {
  const { file, execArgv } = childEntry('test/support/supervisor.program');
  supervisor = spawn(process.execPath, [...execArgv, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  supervisor.stdout!.setEncoding('utf8').on('data', (lines: string) => { pids = JSON.parse(lines.trim().split('\n').at(-1)!) as number[]; });
  await eventually(() => expect(pids).toHaveLength(2));
});

afterEach(async () => {
  pids = [];
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the supervisor of the workers', () => {
  it('takes them along when it is killed', async () => {
    const workers = pids;
    expect(workers.every(isAlive)).toBe(true);
    supervisor.kill('SIGKILL');
    await eventually(() => expect(workers.filter(isAlive)).toEqual([]));
  });

  it('starts another in the place of one that died, and leaves the others alone', async () => {
    const [killed, other] = pids;
    process.kill(killed!, 'SIGKILL');
    await eventually(() => expect(pids.filter((pid) => pid !== killed)).toHaveLength(2));
    expect(pids).toContain(other);
  });

  it('ends them all when it is asked to end', async () => {
    const workers = pids;
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
    expect(workers.filter(isAlive)).toEqual([]);
  });
});
