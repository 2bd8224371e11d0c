import { cancel } from './cancel';
import { churn } from './churn';
import type { DrillResult } from './drill.result';
import { gatewayRestart } from './gateway-restart';
import { hostileModels } from './hostile-models';
import { postgresRestart } from './postgres-restart';
import { redisRestart } from './redis-restart';
import type { Shape } from '../support/shape';
import { runnerCrash } from './runner-crash';
import { storeFaults } from './store-faults';
import { subgraphFaults } from './subgraph-faults';
import { unloadMemory } from './unload-memory';
import { workerKill } from './worker-kill';

/** What of them strikes at a platform in either shape. */
export const partedDrills: ReadonlySet<string> = new Set(['worker-kill']);

export const drills: Readonly<Record<string, (shape: Shape) => Promise<DrillResult>>> = {
  cancel,
  churn,
  'gateway-restart': gatewayRestart,
  'hostile-models': hostileModels,
  'runner-crash': runnerCrash,
  'unload-memory': unloadMemory,
  'store-faults': storeFaults,
  'subgraph-faults': subgraphFaults,
  'worker-kill': workerKill,
  'redis-restart': redisRestart,
  'postgres-restart': postgresRestart,
};
