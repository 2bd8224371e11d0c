import { rm } from 'node:fs/promises';
import { childEnvironment, SUBGRAPH_NAMES, type SubgraphName } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { WorkerSupervisor } from '../../workers/supervisor';
import { startEmbeddedPostgres } from '../../platform/postgres/embedded-postgres';
import { freePort } from '../../platform/process/free-port';
import { startPlatform, temporaryDir, type PlatformProcess } from './platform-process';

/** A gateway on a port that stays its own. */
export interface GatewayProcess {
  readonly url: string;
  /** SIGKILL; resolves once it has ended. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A platform whose every part is a process of its own: four subgraphs, workers and gateways, over one Postgres. */
export interface PartedPlatform {
  databaseUrl: string;
  dataDir: string;
  /** Of all parts but the workers. */
  logFile: string;
  gateways: readonly GatewayProcess[];
  /** Data and log are removed unless `keep` is set. */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface PartedOptions {
  gateways: number;
  /** Kept alive, as `npm start` keeps them. */
  workers: number;
  /** Of every process. */
  env?: Readonly<Record<string, string>>;
}

export async function startParted({ gateways, workers, env: given = {} }: PartedOptions): Promise<PartedPlatform> {
  const dataDir = await temporaryDir('modelgraph-parted-');
  const logFile = `${dataDir}.log`;
  const opened: (() => Promise<unknown>)[] = [];
  const stop = async ({ keep = false }: { keep?: boolean } = {}) => {
    for (const close of opened.reverse().splice(0)) await close();
    if (!keep) await Promise.all([rm(dataDir, { recursive: true, force: true }), rm(logFile, { force: true })]);
  };
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, database: 'modelgraph', log: silentLog() });
    opened.push(() => postgres.stop());
    const ports = await Promise.all(Array.from({ length: gateways }, () => freePort()));
    const env = { ...given, DATABASE_URL: postgres.url, PUBLIC_URL: `http://127.0.0.1:${ports[0]}`, ALLOWED_HOSTS: ports.map((port) => `127.0.0.1:${port}`).join(',') };
    const urls: Record<string, string> = {};
    for (const name of SUBGRAPH_NAMES) {
      const subgraph = await startPlatform({ program: `subgraphs/${name}/main`, dataDir, env });
      opened.push(() => subgraph.stop({ keep: true }));
      urls[urlVariable(name)] = subgraph.url;
    }
    const started = ports.map((port) => gatewayOf(port, dataDir, { ...env, ...urls }));
    for (const gateway of started) {
      await gateway.start();
      opened.push(() => gateway.stop());
    }
    const supervisor = new WorkerSupervisor({
      names: Array.from({ length: workers }, (_, index) => `parted-${index}`), log: silentLog(),
      environment: childEnvironment({ ...env, DATA_DIR: dataDir, LOG_LEVEL: 'warn' }),
    });
    supervisor.start();
    opened.push(() => supervisor.stop());
    return { databaseUrl: postgres.url, dataDir, logFile, gateways: started, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlVariable(name: SubgraphName): string {
  return `SUBGRAPH_${name.toUpperCase().replace('-', '_')}_URL`;
}

function gatewayOf(port: number, dataDir: string, env: Readonly<Record<string, string>>): GatewayProcess {
  let running: PlatformProcess | null = null;
  return {
    url: `http://127.0.0.1:${port}`,
    async start() { running = await startPlatform({ program: 'gateway/main', dataDir, env: { ...env, PORT: String(port) } }); },
    async kill() {
      if (running) process.kill(running.pid, 'SIGKILL');
      await running?.exited;
    },
    async stop() { await running?.stop({ keep: true }); },
  };
}
