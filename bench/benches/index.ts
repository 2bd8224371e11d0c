import { fanoutBench } from './fanout';
import { gatewayBench } from './gateway';
import { queueBench } from './queue';
import { registryBench } from './registry';
import type { Shape } from '../support/shape';
import { startBench } from './start';

/** What of them measures a platform in either shape. */
export const partedBenches: ReadonlySet<string> = new Set(['queue']);

export const benches: Readonly<Record<string, (shape: Shape) => Promise<object>>> = {
  fanout: fanoutBench,
  gateway: gatewayBench,
  queue: queueBench,
  registry: registryBench,
  start: startBench,
};
