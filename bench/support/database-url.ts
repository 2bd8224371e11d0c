import { readFile } from 'node:fs/promises';
import path from 'node:path';

const DATABASE = 'modelgraph';

async function postmasterLines(dataDir: string): Promise<string[]> {
  return (await readFile(path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
}

/** The way into the embedded Postgres of a running platform. */
export async function readDatabaseUrl(dataDir: string): Promise<string> {
  const credentials = JSON.parse(await readFile(path.join(dataDir, 'postgres', 'credentials.json'), 'utf8')) as { user: string; password: string };
  const port = (await postmasterLines(dataDir))[3]!.trim();
  return `postgres://${credentials.user}:${credentials.password}@127.0.0.1:${port}/${DATABASE}`;
}

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await postmasterLines(dataDir))[0]);
}
