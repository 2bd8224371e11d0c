import 'reflect-metadata';
import { runProcess } from '../platform/process/run-process';
import { startWorker } from './app';

// The supervisor is gone, by SIGKILL perhaps: what runs is given to others once the heartbeat is missed.
process.once('disconnect', () => process.exit(1));

/** One worker process: hosts the replicas it is assigned. Needs DATABASE_URL, DATA_DIR and, where the queue runs on it, REDIS_URL. */
void runProcess('worker', startWorker).then(() => process.send?.('registered'));
