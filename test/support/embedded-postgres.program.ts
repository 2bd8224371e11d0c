import { silentLog } from '../../platform/log';
import { startEmbeddedPostgres } from '../../platform/postgres/embedded-postgres';

/** A platform that is only its Postgres, in a process of its own, to be killed: prints one JSON line when it is up, or why not. */
async function main(): Promise<void> {
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2]!, database: 'modelgraph', log: silentLog() });
    process.stdout.write(`${JSON.stringify({ url: postgres.url, pid: postgres.pid })}\n`);
    setInterval(() => undefined, 1_000);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ code: (error as { code?: string }).code, message: String(error) })}\n`);
  }
}

void main();
