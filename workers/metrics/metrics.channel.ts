import type { ChildProcess } from 'node:child_process';
import type { MetricObject, Registry } from 'prom-client';

/** Asked over the channel of a forked worker, and answered with the same number. */
interface MetricsAsk {
  metricsAsk: number;
}

interface MetricsAnswer {
  metricsAnswer: number;
  metrics: MetricObject[];
}

/** A worker that is starting, stopping or stuck must not hold up the others' metrics. */
const ANSWER_MS = 1_000;

let lastAsk = 0;

/** In the worker: tells its supervisor what Prometheus wants to know. A worker without one is asked at its own port. */
export function answerMetrics(registry: Registry): void {
  if (!process.send) return;
  process.on('message', (message) => {
    const ask = (message as Partial<MetricsAsk> | null)?.metricsAsk;
    if (typeof ask !== 'number') return;
    void registry.getMetricsAsJSON().then((metrics) => process.send?.({ metricsAnswer: ask, metrics } satisfies MetricsAnswer));
  });
}

/** In the supervisor: nothing of a worker that does not answer in time. */
export function askMetrics(child: ChildProcess): Promise<MetricObject[]> {
  lastAsk += 1;
  const ask = lastAsk;
  return new Promise((resolve) => {
    const settle = (metrics: MetricObject[]): void => {
      clearTimeout(timer);
      child.off('message', take).off('disconnect', gone);
      resolve(metrics);
    };
    const take = (message: unknown): void => {
      const answer = message as Partial<MetricsAnswer> | null;
      if (answer?.metricsAnswer === ask) settle(answer.metrics ?? []);
    };
    const gone = (): void => settle([]);
    const timer = setTimeout(gone, ANSWER_MS);
    child.on('message', take).once('disconnect', gone);
    if (!child.connected) return gone();
    child.send({ metricsAsk: ask } satisfies MetricsAsk, (error) => { if (error) gone(); });
  });
}
