import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PlatformError } from '../errors';
import type { Log } from '../log';
import { installedBinaries, reachableBinaries } from './binaries';
import { ensureCluster } from './cluster';
import { readOrMakeCredentials } from './credentials';
import { lockDataDir } from './data-dir-lock';
import { droppedUser, type ProcessUser } from './dropped-user';
import { ensureDatabase } from './ensure-database';
import { choosePort } from './port';
import { endOrphan } from './postmaster-file';
import { firstClosedFolder } from './reachable';
import { startServer, type ServerCommand, type ServerProcess } from './server-process';
import { serverArguments } from './server-settings';

export interface EmbeddedPostgresSettings {
  /** The platform's DATA_DIR; the cluster lives in `postgres/` below it. */
  dataDir: string;
  database: string;
  log: Log;
  /** Server settings over our own; tests switch fsync off. */
  serverSettings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly url: string;
  /** The server's process now; another one after a crash. */
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that npm installed, in `dataDir`, and keeps it up on one port until `stop`. Heals what a killed platform left.
 * @throws PLATFORM_UNSUPPORTED, DATA_DIR_LOCKED, POSTGRES_FAILED
 */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const native = installedBinaries();
  const user = droppedUser();
  const home = prepareHome(settings.dataDir, user);
  const unlock = lockDataDir(home);
  try {
    const { command, url } = await prepareServer({ settings, native, user, home });
    const supervisor = new Supervisor(command, settings.log);
    await supervisor.start();
    await ensureDatabase(url);
    return {
      url,
      get pid() { return supervisor.pid; },
      stop: () => supervisor.stop().finally(unlock),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function prepareServer(options: { settings: EmbeddedPostgresSettings; native: string; user: ProcessUser | null; home: string }) {
  const { settings, native, user, home } = options;
  const binaries = reachableBinaries({ native, copyTo: home, isDropped: user !== null });
  const credentials = readOrMakeCredentials(home);
  const dir = path.join(home, 'cluster');
  await ensureCluster({ dir, initdb: binaries.initdb, user, credentials });
  await endOrphan(dir, settings.log);
  const port = await choosePort(home);
  const command: ServerCommand = {
    program: binaries.postgres, arguments: serverArguments(dir, port, settings.serverSettings),
    dir, user, logFile: path.join(home, 'postgres.log'),
  };
  const url = `postgres://${credentials.user}:${credentials.password}@127.0.0.1:${port}/${settings.database}`;
  return { command, url };
}

/** The folder of the cluster, owned by whom Postgres runs as. */
function prepareHome(dataDir: string, user: ProcessUser | null): string {
  const home = path.join(fs.realpathSync(makeFolder(dataDir)), 'postgres');
  makeFolder(home);
  if (user === null) return home;
  // A folder made with mode 0700 is opened for passing through; folders above it are not ours to change.
  fs.chmodSync(path.dirname(home), fs.statSync(path.dirname(home)).mode | 0o011);
  fs.chownSync(home, user.uid, user.gid);
  fs.chmodSync(home, 0o755);
  const closed = firstClosedFolder(home);
  if (closed === null) return home;
  throw new PlatformError(
    'POSTGRES_FAILED',
    `As root, Postgres runs as uid ${user.uid}, which may not enter ${closed}: choose a DATA_DIR outside it, such as /var/lib/modelgraph.`,
  );
}

function makeFolder(dir: string): string {
  fs.mkdirSync(dir, { recursive: true });
  return dir;
}

/** Keeps one server process running: should it die, it is started again on the same port, where every client reconnects. */
class Supervisor {
  #server: ServerProcess | null = null;
  #isStopping = false;

  constructor(private readonly command: ServerCommand, private readonly log: Log) {}

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  async start(): Promise<void> {
    this.#server = await startServer(this.command);
    void this.#server.exited.then(() => this.#restart());
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#server?.stop();
  }

  async #restart(): Promise<void> {
    this.#server = null;
    for (let waitMs = 50; !this.#isStopping; waitMs = Math.min(waitMs * 2, 5_000)) {
      this.log.error({ logFile: this.command.logFile }, 'the embedded Postgres ended by itself, starting it again');
      try {
        await endOrphan(this.command.dir, this.log);
        await this.start();
        if (this.#isStopping) await this.stop();
        return;
      } catch (error) {
        // Backends of a killed server may hold its shared memory for a moment longer.
        this.log.warn({ reason: messageOf(error) }, 'the embedded Postgres did not start, trying again');
        await delay(waitMs);
      }
    }
  }
}
