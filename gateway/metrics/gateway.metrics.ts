import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type MetricObject, type PrometheusContentType } from 'prom-client';
import type { RequestRecord } from '../request.record';

/** Seconds; from an answer out of memory to the longest that a subgraph is waited for. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Limits that are told by an error's code alone. */
const LIMIT_OF_CODE: Readonly<Record<string, string>> = {
  BODY_TOO_LARGE: 'body', TOO_MANY_STREAMS: 'streams', RATE_LIMITED: 'rate', COST_TOO_HIGH: 'cost', DOCUMENT_NOT_TRUSTED: 'trusted',
};

/** The metrics of other registries, those of each in one list. */
export type MetricSources = () => Promise<MetricObject[][]>;

/** What Prometheus reads of a gateway. No label holds what a client chose: names of operations would be without end. */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly #requests = this.#counter('requests_total', 'Requests and operations that were answered, by door, kind and the code of their first error.', ['door', 'kind', 'code']);
  readonly #seconds = this.#histogram('request_duration_seconds', 'How long queries, mutations and other requests took; streams are left out.', ['door', 'kind']);
  readonly #plans = this.#counter('plan_cache_total', 'Operations that found their plan in the cache (hit), or were planned (miss).', ['result']);
  readonly #fetches = this.#histogram('subgraph_duration_seconds', 'How long a subgraph took to answer a fetch; its outcome is ok, errors or unanswered.', ['subgraph', 'outcome']);
  readonly #refused = this.#counter('limits_refused_total', 'What passed a limit and was refused, by limit.', ['limit']);
  readonly #recompositions = this.#counter('recompositions_total', 'New supergraphs that were taken, and those that were refused, each once.', ['outcome']);
  readonly #refusal = new Gauge({
    name: 'modelgraph_gateway_graph_refused', help: '1 while the newest supergraph is refused and the last good one serves.', registers: [this.registry],
  });

  /** @param others what the other parts of the platform tell, where one process runs them with the gateway */
  constructor(private readonly others: MetricSources = async () => []) {
    collectDefaultMetrics({ register: this.registry });
  }

  /** In Prometheus' text format: the gateway's own, and what the others tell. Equal series of several processes are summed. */
  async text(): Promise<string> {
    const others = (await this.others()).filter((metrics) => metrics.length > 0);
    if (others.length === 0) return this.registry.metrics();
    return AggregatorRegistry.aggregate<PrometheusContentType>([await this.registry.getMetricsAsJSON(), ...others]).metrics();
  }

  /** Counted whenever Prometheus asks. */
  watchLoad({ openStreams, openSockets }: { openStreams(): number; openSockets(): number }): void {
    this.#watch('open_streams', 'Subscriptions that clients have open.', openStreams);
    this.#watch('open_sockets', 'WebSockets that clients have open.', openSockets);
  }

  countRequest({ door, kind, codes, limit, results }: Omit<RequestRecord, 'startedAtMs'>, durationMs: number): void {
    const code = codes?.[0] ?? 'ok';
    this.#requests.inc({ door, kind: kind ?? 'none', code });
    if (results === undefined) this.#seconds.observe({ door, kind: kind ?? 'none' }, durationMs / 1000);
    const refusedBy = limit ?? LIMIT_OF_CODE[code];
    if (refusedBy !== undefined) this.countRefusal(refusedBy);
  }

  /** Of what is refused before it is a request. */
  countRefusal(limit: string): void {
    this.#refused.inc({ limit });
  }

  countPlan(isHit: boolean): void {
    this.#plans.inc({ result: isHit ? 'hit' : 'miss' });
  }

  countFetch(subgraph: string, outcome: 'ok' | 'errors' | 'unanswered', durationMs: number): void {
    this.#fetches.observe({ subgraph, outcome }, durationMs / 1000);
  }

  countRecomposition(outcome: 'taken' | 'refused'): void {
    this.#recompositions.inc({ outcome });
  }

  tellRefusal(isRefused: boolean): void {
    this.#refusal.set(Number(isRefused));
  }

  #watch(name: string, help: string, count: () => number): void {
    new Gauge({ name: `modelgraph_gateway_${name}`, help, registers: [this.registry], collect() { this.set(count()); } });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `modelgraph_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    return new Histogram({ name: `modelgraph_gateway_${name}`, help, labelNames, buckets: SECONDS, registers: [this.registry] });
  }
}
