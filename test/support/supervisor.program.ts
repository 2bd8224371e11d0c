import { childEnvironment } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { WorkerSupervisor } from '../../workers/supervisor';

/** A platform that is only its supervisor, in a process of its own, to be killed: prints its workers' process ids whenever they change. */
function main(): void {
  // Nothing listens there: the workers wait for their database, which is all that is needed to see them live and die.
  const environment = childEnvironment({ DATABASE_URL: 'postgres://127.0.0.1:1/none', LOG_LEVEL: 'silent' });
  const supervisor = new WorkerSupervisor({ names: ['a', 'b'], environment, log: silentLog() });
  supervisor.start();
  let printed = '';
  setInterval(() => {
    const pids = JSON.stringify(supervisor.pids);
    if (pids !== printed) process.stdout.write(`${pids}\n`);
    printed = pids;
  }, 20);
  process.once('SIGTERM', () => void supervisor.stop().then(() => process.exit(0)));
}

main();
