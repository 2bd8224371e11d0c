import 'reflect-metadata';
import closeWithGrace from 'close-with-grace';
import { readEnvironment } from '../../platform/env';
import { messageOf } from '../../platform/errors';
import { createLog } from '../../platform/log';
import { ShutdownStack } from '../../platform/shutdown';
import { startIdentity } from './app';

/** The identity subgraph alone. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const log = createLog({ level: environment.log.level, process: 'identity' });
  const stack = new ShutdownStack(log);
  closeWithGrace({ delay: 30_000, logger: false }, async ({ err }) => {
    if (err) log.fatal({ err }, 'stopping after an unexpected error');
    await stack.close();
  });
  try {
    const { url, bootstrapSecret } = await startIdentity({ environment, log, stack });
    if (bootstrapSecret) process.stdout.write(`bootstrap API key, shown this once: ${bootstrapSecret}\n`);
    process.stdout.write(`ready ${url}\n`);
  } catch (error) {
    await stack.close();
    throw error;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
