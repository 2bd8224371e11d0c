import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';
import { SupergraphManager } from '../federation/supergraph-manager';
import type { ForwardedHeaders } from '../identity/forwarded.headers';
import type { GatewayMetrics } from '../metrics/gateway.metrics';
import type { ReadinessCheck } from '../rest/health.routes';
import { FileWatch } from './file.watch';
import type { GraphDraft, GraphSource } from './graph.source';

export interface RecompositionParts {
  source: GraphSource;
  /** Follows the settings of the graph that serves. */
  forwarding: ForwardedHeaders;
  metrics: Pick<GatewayMetrics, 'countRecomposition' | 'tellRefusal'>;
  log: Log;
  /** How often the source is read again though nothing tells of a change. */
  pollMs: number;
}

interface Refusal {
  /** Null: it could not even be read. */
  fingerprint: string | null;
  reason: string;
}

/**
 * Keeps the graph up to date with its source: a file that changes is seen at once, an SDL that a subgraph tells by asking again. What does not
 * compose is refused with its reason, and the last good graph stays.
 */
export class Recomposition {
  readonly supergraph: SupergraphManager;
  readonly #watch: FileWatch;
  readonly #timer: NodeJS.Timeout;
  #draft: GraphDraft;
  #refusal: Refusal | null = null;
  #running: Promise<void> | null = null;
  #isAsked = false;
  #isClosed = false;

  /** @throws CONFIGURATION_INVALID, SUBGRAPH_UNAVAILABLE: there is no good graph to keep */
  static async open(parts: RecompositionParts): Promise<Recomposition> {
    return new Recomposition(parts, await parts.source.read());
  }

  private constructor(private readonly parts: RecompositionParts, draft: GraphDraft) {
    this.#draft = draft;
    this.supergraph = new SupergraphManager(draft.build());
    parts.forwarding.allow(draft.forwardHeaders);
    this.#watch = new FileWatch(() => void this.refresh(), parts.log);
    this.#watch.follow(parts.source.files);
    this.#timer = setInterval(() => void this.refresh(), parts.pollMs).unref();
  }

  /** Other people's subgraphs that are away, and a newer graph that was refused: told, but no reason to take the traffic away. */
  get readiness(): readonly ReadinessCheck[] {
    return [
      { part: 'graph', isOptional: true, check: () => Promise.resolve(this.#refusal?.reason ?? null) },
      ...this.#draft.foreign.map((client) => ({ part: client.name, isOptional: true, check: () => client.check() })),
    ];
  }

  /** Reads the source; one at a time, and once more when something asked meanwhile. */
  refresh(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watch.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      await this.#readAndTake();
      if (!this.#isClosed) this.#watch.follow(this.parts.source.files);
    }
  }

  async #readAndTake(): Promise<void> {
    let draft: GraphDraft;
    try {
      draft = await this.parts.source.read();
    } catch (error) {
      this.#refuse({ fingerprint: null, reason: messageOf(error) });
      return;
    }
    if (!this.#isClosed && this.#isNew(draft)) this.#take(draft);
    else this.#free(draft);
  }

  /** What was refused before would be refused again. The graph that serves, come back, ends the refusal. */
  #isNew({ fingerprint }: GraphDraft): boolean {
    if (fingerprint === this.#draft.fingerprint) this.#accept();
    return fingerprint !== this.#draft.fingerprint && fingerprint !== this.#refusal?.fingerprint;
  }

  #take(draft: GraphDraft): void {
    try {
      const before = this.#draft;
      const over = this.supergraph.replace(draft.build());
      this.#draft = draft;
      this.parts.forwarding.allow(draft.forwardHeaders);
      void over.then(() => this.#free(before));
    } catch (error) {
      this.#free(draft);
      this.#refuse({ fingerprint: draft.fingerprint, reason: messageOf(error) });
      return;
    }
    this.#accept();
    this.parts.metrics.countRecomposition('taken');
    this.parts.log.info('supergraph recomposed');
  }

  #refuse(refusal: Refusal): void {
    const isKnown = refusal.reason === this.#refusal?.reason;
    this.#refusal = refusal;
    if (isKnown) return;
    this.parts.metrics.countRecomposition('refused');
    this.parts.metrics.tellRefusal(true);
    this.parts.log.error({ reason: refusal.reason }, 'recomposition refused');
  }

  #accept(): void {
    this.#refusal = null;
    this.parts.metrics.tellRefusal(false);
  }

  #free(draft: GraphDraft): void {
    draft.release().catch((error: unknown) => this.parts.log.error({ err: error }, 'link of a subgraph did not close'));
  }
}
