import 'reflect-metadata';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '../../platform/errors';
import { silentLog } from '../../platform/log';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/postgres/embedded-postgres';
import { dropLeftovers } from './leftovers';

/** Kept for the teardown, which Jest runs in this same process. */
const running = globalThis as unknown as { embeddedPostgres?: EmbeddedPostgres };

/** One embedded cluster for the whole run; a warm one when an earlier run left its directory. */
export async function setup(): Promise<void> {
  if (process.env['TEST_DATABASE_URL']) return;
  running.embeddedPostgres = await startInFreeSlot();
  await dropLeftovers(running.embeddedPostgres.url);
  process.env['TEST_DATABASE_URL'] = running.embeddedPostgres.url;
}

export async function teardown(): Promise<void> {
  await running.embeddedPostgres?.stop();
}

/** Runs that overlap take different slots: the lock of the data directory tells which are free. */
async function startInFreeSlot(): Promise<EmbeddedPostgres> {
  for (let slot = 0; ; slot += 1) {
    try {
      return await startEmbeddedPostgres({
        dataDir: path.join(slotsFolder(), String(slot)), database: 'control', log: silentLog(),
        serverSettings: { fsync: 'off', full_page_writes: 'off' },
      });
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'DATA_DIR_LOCKED')) throw error;
    }
  }
}

/** Named by the project's place, so that two checkouts do not meet; under the temporary folder, where a dropped user can reach it. */
function slotsFolder(): string {
  const place = path.resolve(__dirname, '..', '..').replaceAll(path.sep, '-');
  const folder = path.join(os.tmpdir(), `modelgraph-test-${process.getuid?.() ?? 0}${place}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o711 });
  return folder;
}
