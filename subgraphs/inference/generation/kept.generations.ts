import type { EventBus } from '../../../platform/bus/event-bus';
import { requireRole, roleIn, type RequestScope } from '../../../platform/caller';
import { messageOf, PlatformError } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import { SequenceFeed } from '../../../platform/stream/sequence-feed';
import { isId, newId } from '../../../platform/uuid';
import { TIMEOUT_MAX_MS } from '../direct/call-deadline';
import type { ReadyTarget } from '../direct/direct.service';
import type { ServingDirectory } from '../submit/serving-directory';
import { failedStep, type GenerationStep } from './generation-event';
import type { GenerationRequest } from './generation.request';
import type { GenerationService } from './generation.service';
import { expired, type GenerationStore, type KeptGeneration } from './generation.store';
import { TokenWriter } from './token.writer';

export interface KeptGenerationsParts {
  store: GenerationStore;
  service: Pick<GenerationService, 'run'>;
  deployments: Pick<ServingDirectory, 'servingTarget'>;
  bus: EventBus;
  log: Log;
}

export interface KeptRequest {
  target: ReadyTarget;
  request: GenerationRequest;
  timeoutMs: number | null;
  key: string;
  /** Of the body as it was asked for: a seed drawn by lot is not in it. */
  bodySha256: string;
  /** The last event seen; 0: none. */
  after: number;
}

/** A generation whose steps end a worker time and again is not worth another one. */
const MOST_LEASES = 5;
const TAKEN_AT_A_TIME = 20;
const KEY_MAX_CHARACTERS = 255;

/** Generations that go on when their readers leave: the row is the truth, and whatever process is there steps them. */
export class KeptGenerations {
  readonly #feed: SequenceFeed<GenerationStep>;
  readonly #running = new Map<string, { generation: KeptGeneration; stop: AbortController; ended: Promise<void> }>();
  #isClosed = false;

  constructor(private readonly parts: KeptGenerationsParts) {
    const { bus, store } = parts;
    this.#feed = new SequenceFeed<GenerationStep>({ bus, topic: 'generation', read: (requests) => store.readAfter(requests), seqOf: ({ seq }) => seq });
  }

  /**
   * Begins what the key names, or goes on with it behind `after`.
   * @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT, CURSOR_INVALID, CURSOR_EXPIRED
   */
  async open({ caller }: RequestScope, asked: KeptRequest): Promise<{ id: string; events: AsyncIterableIterator<GenerationStep> }> {
    const { target: { namespace, deploymentId, revision }, request, key, bodySha256, after, timeoutMs } = asked;
    if (key.length === 0 || key.length > KEY_MAX_CHARACTERS) throw new PlatformError('BAD_USER_INPUT', `key: 1 to ${KEY_MAX_CHARACTERS} characters were expected, ${key.length} came.`);
    const owner = { namespace, principalId: caller.principalId, key };
    const known = await this.parts.store.byKey(owner);
    if (!known && after > 0) throw expired();
    const begun = known ? null : await this.parts.store.insert({
      ...owner, id: newId(), deploymentId, revisionId: revision.id, bodySha256, request, timeoutMs: timeoutMs ?? Math.min(asked.target.admission.deadlineMs ?? TIMEOUT_MAX_MS, TIMEOUT_MAX_MS),
    });
    if (begun) this.#step(begun, asked.target, []);
    const generation = begun ?? known ?? (await this.parts.store.byKey(owner))!;
    if (generation.bodySha256 !== bodySha256) throw new PlatformError('IDEMPOTENCY_CONFLICT', `This key began generation ${generation.id} with another body; use a new key for new work.`);
    if (after < 0 || after > generation.seq) throw new PlatformError('CURSOR_INVALID', `after was expected to be 0 to ${generation.seq}, the number of the latest event; ${after} came.`);
    return { id: generation.id, events: this.#feed.open(generation.id, after) };
  }

  /** Whoever steps it stops; its readers are told. One that has ended stays as it is. @throws GENERATION_NOT_FOUND, FORBIDDEN */
  async cancel({ caller }: RequestScope, id: string): Promise<void> {
    const namespace = isId(id) ? await this.parts.store.namespaceOf(id) : null;
    if (namespace === null || roleIn(caller, namespace) === null) throw new PlatformError('GENERATION_NOT_FOUND', `There is no generation "${id.slice(0, 80)}".`);
    requireRole(caller, namespace, 'CALLER');
    if (!await this.parts.store.end(id, null, { finishReason: 'CANCELED', error: null })) return;
    this.parts.bus.publish('generation', id);
    this.parts.bus.publish('generation-cancel', id);
  }

  /** Steps those whose process is lost; where their deployment is not ready they wait, as long as they have time. */
  async takeOver(): Promise<void> {
    if (this.#isClosed) return;
    for (const generation of await this.parts.store.takeSilent(TAKEN_AT_A_TIME)) {
      const { id, deploymentId, revisionId, leftMs, lease } = generation;
      const target = await this.parts.deployments.servingTarget(deploymentId);
      if (leftMs === 0) await this.#end(generation, new PlatformError('DEADLINE_EXCEEDED', 'The time was over before the last token.'));
      else if (lease > MOST_LEASES) await this.#end(generation, new PlatformError('WORKER_LOST', `The generation was begun ${MOST_LEASES} times and lost each time.`));
      else if (target?.revision && target.revision.id !== revisionId) await this.#end(generation, new PlatformError('WORKER_LOST', 'It was lost, and the revision it began with is served no more.'));
      else if (target?.revision && target.replicas.length > 0) this.#step(generation, target as ReadyTarget, await this.parts.store.tokensOf(id));
    }
  }

  /** Stops all and lets others have them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
    if (running.length > 0) await this.parts.store.letGo(running.map(({ generation }) => generation)).catch(() => undefined);
  }

  #step(generation: KeptGeneration, target: ReadyTarget, told: readonly number[]): void {
    const stop = new AbortController();
    const ended = this.#run(generation, { target, told, stop })
      .catch((error: unknown) => this.parts.log.warn({ generationId: generation.id, reason: messageOf(error) }, 'generation left to others'))
      .finally(() => this.#running.delete(generation.id));
    this.#running.set(generation.id, { generation, stop, ended });
  }

  async #run(generation: KeptGeneration, { target, told, stop }: { target: ReadyTarget; told: readonly number[]; stop: AbortController }): Promise<void> {
    const { store, service, bus, log } = this.parts;
    const { id, request } = generation;
    const unsubscribe = await bus.subscribe('generation-cancel', id, () => stop.abort());
    const writer = new TokenWriter({
      store, lease: generation, written: () => bus.publish('generation', id), lost: () => stop.abort(),
      failed: (error) => log.warn({ generationId: id, reason: messageOf(error) }, 'tokens not written yet'),
    });
    try {
      const run = { told, signal: stop.signal, timeoutMs: Math.max(1, generation.leftMs), listener: { started: () => undefined, token: (token: number) => writer.push(token) } };
      const outcome = await service.run(target, request, run).then(({ reason }) => ({ finishReason: reason, error: null }), (error: unknown) => this.#outcomeOf(error, generation));
      if (stop.signal.aborted || outcome === null) return;
      await writer.close();
      if (await store.end(id, generation.lease, outcome)) bus.publish('generation', id);
    } finally {
      writer.stop();
      unsubscribe();
    }
  }

  /** Null: another process, or this one later, may have more luck with it. */
  #outcomeOf(error: unknown, { lease }: KeptGeneration): Parameters<GenerationStore['end']>[2] | null {
    const known = error instanceof PlatformError ? error : new PlatformError('INTERNAL_SERVER_ERROR', 'The generation failed inside the platform.');
    const isWorthAnother = known.code === 'WORKER_LOST' || known.code === 'UNAVAILABLE';
    if (isWorthAnother && lease < MOST_LEASES) return null;
    const { finishReason, error: told } = failedStep(0, known);
    return { finishReason: finishReason!, error: told };
  }

  async #end({ id, lease }: KeptGeneration, error: PlatformError): Promise<void> {
    if (await this.parts.store.end(id, lease, { finishReason: 'FAILED', error })) this.parts.bus.publish('generation', id);
  }
}
