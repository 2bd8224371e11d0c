import 'reflect-metadata';
import closeWithGrace from 'close-with-grace';
import { readEnvironment } from '../platform/env';
import { messageOf } from '../platform/errors';
import { createLog } from '../platform/log';
import { ShutdownStack } from '../platform/shutdown';
import { startWorker } from './app';

/** The worker's own grace, its last statements, its runners: each closer gets as long as the longest needs. */
const CLOSER_TIMEOUT_MS = 18_000;

/** One worker process: hosts the replicas it is assigned. Needs DATABASE_URL, DATA_DIR and, where the queue runs on it, REDIS_URL. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const log = createLog({ level: environment.log.level, process: 'worker' });
  const stack = new ShutdownStack(log, CLOSER_TIMEOUT_MS);
  // The supervisor is gone, by SIGKILL perhaps: what runs is given to others once the heartbeat is missed.
  process.once('disconnect', () => process.exit(1));
  closeWithGrace({ delay: CLOSER_TIMEOUT_MS + 1_000, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'stopping after an unexpected error');
    await stack.close();
  });
  await startWorker({ environment, log, stack });
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
