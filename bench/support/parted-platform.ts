import { fork, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { childEnvironment, SUBGRAPH_NAMES, type SubgraphName } from '../../platform/env';
import { silentLog } from '../../platform/log';
import { startEmbeddedPostgres } from '../../platform/postgres/embedded-postgres';
import { childEntry } from '../../platform/process/child-entry';
import { freePort } from '../../platform/process/free-port';
import { ended, startPlatform, temporaryDir, type PlatformProcess } from './platform-process';

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
  gateways: readonly GatewayProcess[];
  stop(): Promise<void>;
}

export async function startParted({ gateways, workers }: { gateways: number; workers: number }): Promise<PartedPlatform> {
  const dataDir = await temporaryDir('modelgraph-parted-');
  const opened: (() => Promise<unknown>)[] = [() => Promise.all([rm(dataDir, { recursive: true, force: true }), rm(`${dataDir}.log`, { force: true })])];
  const stop = async () => {
    for (const close of opened.reverse().splice(0)) await close();
  };
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, database: 'modelgraph', log: silentLog() });
    opened.push(() => postgres.stop());
    const ports = await Promise.all(Array.from({ length: gateways }, () => freePort()));
    const env = { DATABASE_URL: postgres.url, PUBLIC_URL: `http://127.0.0.1:${ports[0]}`, ALLOWED_HOSTS: ports.map((port) => `127.0.0.1:${port}`).join(',') };
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
    for (let index = 0; index < workers; index++) {
      const worker = await startWorker({ ...env, DATA_DIR: dataDir, WORKER_NAME: `parted-${index}`, LOG_LEVEL: 'warn' });
      opened.push(() => ended(worker, 'SIGTERM'));
    }
    return { databaseUrl: postgres.url, dataDir, gateways: started, stop };
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

async function startWorker(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const { file, execArgv } = childEntry('workers/main');
  const child = fork(file, { execArgv, env: childEnvironment(env), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await new Promise((resolve, reject) => {
    child.once('message', resolve).once('exit', (code) => reject(new Error(`A worker ended (${code}) before it was registered.`)));
  });
  return child;
}
