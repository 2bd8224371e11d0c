import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startPlatform } from '../../app';
import { runProcess } from '../../platform/process/run-process';
import { streamTicker } from '../../platform/stream/ticker';

/** What a platform holds at one moment, garbage left out. */
export interface Holdings {
  /** Subscriptions of clients. */
  openStreams: number;
  /** Streams of the subgraphs behind them. */
  upstreams: number;
  heapUsedBytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The whole platform, which tells its parent what it holds whenever it is asked over IPC. */
void runProcess('platform', async (parts) => {
  const gateway = await startPlatform(parts);
  process.on('message', () => {
    collectGarbage();
    const holdings: Holdings = {
      openStreams: gateway.openStreams(), upstreams: streamTicker.listenerCount, heapUsedBytes: process.memoryUsage().heapUsed,
    };
    process.send?.(holdings);
  });
  process.once('disconnect', () => process.exit(1));
  return gateway;
});
