import { readDatabaseUrl } from './database-url';
import { startParted } from './parted-platform';
import { startPlatform } from './platform-process';

/** Whether a platform is the one process of `npm start` with its workers, or has a process for each subgraph and for the gateway. */
export type Shape = 'whole' | 'parted';

/** A platform to measure or to strike at, in whichever shape. */
export interface ShapedPlatform {
  /** Of its gateway. */
  url: string;
  dataDir: string;
  databaseUrl: string;
  logFile: string;
  stop(options?: { keep?: boolean }): Promise<void>;
}

export async function startShaped(shape: Shape, { workers, env = {} }: { workers: number; env?: Readonly<Record<string, string>> }): Promise<ShapedPlatform> {
  switch (shape) {
    case 'whole': {
      const platform = await startPlatform({ env: { WORKERS: String(workers), ...env } });
      return { ...platform, databaseUrl: await readDatabaseUrl(platform.dataDir) };
    }
    case 'parted': {
      const platform = await startParted({ gateways: 1, workers, env });
      return { ...platform, url: platform.gateways[0]!.url };
    }
    default: return shape satisfies never;
  }
}
