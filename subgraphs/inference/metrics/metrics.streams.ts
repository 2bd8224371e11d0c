import type { EventBus } from '../../../platform/bus/event-bus';
import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { rowStream } from '../../../platform/stream/row-stream';
import { Ticker } from '../../../platform/stream/ticker';
import type { DeploymentMetricsUpdate } from './deployment-metrics';
import type { MetricsService } from './metrics.service';

const EVERY_MIN_MS = 1_000;
const EVERY_MAX_MS = 60_000;

/** Follows the metrics of deployments; those that look equally often look in one turn, which is one statement. */
export class MetricsStreams {
  readonly #tickers = new Map<number, Ticker>();

  constructor(private readonly bus: EventBus, private readonly metrics: Pick<MetricsService, 'recent'>) {}

  /** Ends when the deployment is deleted. @throws DEPLOYMENT_NOT_FOUND, BAD_USER_INPUT */
  async updates({ caller }: RequestScope, deploymentId: string, everyMs: number): Promise<AsyncIterableIterator<DeploymentMetricsUpdate>> {
    if (everyMs < EVERY_MIN_MS || everyMs > EVERY_MAX_MS) throw new PlatformError('BAD_USER_INPUT', `everyMs: ${EVERY_MIN_MS} to ${EVERY_MAX_MS} was expected, ${everyMs} came.`);
    if (!await this.metrics.recent(caller, deploymentId)) {
      throw new PlatformError('DEPLOYMENT_NOT_FOUND', `There is no deployment "${deploymentId.slice(0, 140)}".`);
    }
    return rowStream<DeploymentMetricsUpdate>({
      bus: this.bus, topic: 'deployment', id: deploymentId, ticker: this.#ticker(everyMs),
      read: (id) => this.metrics.recent(caller, id),
      isFinal: () => false,
      fingerprint: factsOf,
    });
  }

  /** At most one for each whole second is kept, so that clients cannot fill the memory with them. */
  #ticker(everyMs: number): Ticker {
    const rounded = Math.round(everyMs / 1_000) * 1_000;
    const known = this.#tickers.get(rounded) ?? new Ticker(rounded);
    this.#tickers.set(rounded, known);
    return known;
  }
}

/** Without what the clock alone changes. */
function factsOf({ recent: { from: _from, to: _to, rate: _rate, ...facts }, queue }: DeploymentMetricsUpdate): string {
  return JSON.stringify([facts, queue]);
}
