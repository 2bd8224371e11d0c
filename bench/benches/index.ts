import { fanoutBench } from './fanout';
import { queueBench } from './queue';
import { startBench } from './start';

export const benches: Readonly<Record<string, () => Promise<object>>> = {
  fanout: fanoutBench,
  queue: queueBench,
  start: startBench,
};
