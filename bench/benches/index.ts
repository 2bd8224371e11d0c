import { queueBench } from './queue';
import { startBench } from './start';

export const benches: Readonly<Record<string, () => Promise<object>>> = {
  queue: queueBench,
  start: startBench,
};
