import closeWithGrace from 'close-with-grace';
import { readEnvironment, type Environment } from '../env';
import { messageOf, PlatformError } from '../errors';
import { createLog, type Log } from '../log';
import { ShutdownStack } from './shutdown';

export interface ProcessParts {
  environment: Environment;
  log: Log;
  stack: ShutdownStack;
}

const CLOSER_TIMEOUT_MS = 22_000;

/**
 * The life of every process of ours: environment, start, the line `ready <url>`, and on SIGTERM, SIGINT or an unexpected error the shutdown
 * stack. A start that fails closes what it had opened, says why on stderr and ends with status 1.
 */
export async function runProcess(name: string, start: (parts: ProcessParts) => Promise<{ url: string } | void>): Promise<void> {
  try {
    const environment = readEnvironment();
    const log = createLog({ level: environment.log.level, process: name });
    const stack = new ShutdownStack(log, CLOSER_TIMEOUT_MS);
    closeWithGrace({ delay: CLOSER_TIMEOUT_MS + 3_000, logger: false }, async ({ err }) => {
      if (err) log.fatal({ err }, 'stopping after an unexpected error');
      await stack.close();
    });
    const started = await start({ environment, log, stack }).catch(async (error: unknown) => {
      await stack.close();
      throw error;
    });
    if (started) process.stdout.write(`ready ${started.url}\n`);
  } catch (error) {
    // The code is what docs/errors.md is read by.
    process.stderr.write(`${error instanceof PlatformError ? `${error.code}: ` : ''}${messageOf(error)}\n`);
    process.exit(1);
  }
}
