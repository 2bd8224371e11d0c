import { fanoutBench } from './fanout';
import { gatewayBench } from './gateway';
import { queueBench } from './queue';
import { startBench } from './start';

export const benches: Readonly<Record<string, () => Promise<object>>> = {
  fanout: fanoutBench,
  gateway: gatewayBench,
  queue: queueBench,
  start: startBench,
};
