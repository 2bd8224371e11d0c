import { fanoutBench } from './fanout';
import { gatewayBench } from './gateway';
import { inferenceBench } from './inference';
import { queueBench } from './queue';
import { scheduleBench } from './schedule';
import { registryBench } from './registry';
import type { Shape } from '../support/shape';
import { startBench } from './start';

/** What of them measures a platform in either shape. */
export const partedBenches: ReadonlySet<string> = new Set(['queue']);

export const benches: Readonly<Record<string, (shape: Shape) => Promise<object>>> = {
  fanout: fanoutBench,
  gateway: gatewayBench,
  inference: inferenceBench,
  queue: queueBench,
  schedule: scheduleBench,
  registry: registryBench,
  start: startBench,
};
