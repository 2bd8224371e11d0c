import type { DirectTiming, GenerationEnd } from '../../platform/direct/message';
import { PlatformError } from '../../platform/errors';
import type { Sampling } from '../../platform/generation/sampling';
import type { ItemResult } from '../../subgraphs/inference/worker.contract';
import type { ItemSource, RunShare } from '../item-source';
import type { StepRequest } from '../runner.port';

/** OPEN: a step waits or runs · ENDED: all its tokens are told, or it failed · CANCELED: nobody reads on. All but OPEN are final. */
type GenerationState = 'OPEN' | 'ENDED' | 'CANCELED';

/** Whoever asked for it hears of it here; nothing after a cancel. */
export interface GenerationListener {
  started(): void;
  token(token: number): void;
  done(end: GenerationEnd): void;
  failed(error: PlatformError): void;
}

/** What steps it. */
export interface GenerationOwner {
  /** It wants its next step. */
  advances(generation: Generation): void;
  ended(generation: Generation): void;
  canceled(generation: Generation): void;
}

export interface GenerationRequest {
  /** The name under which a runner keeps what it computed. */
  name: string;
  /** At least one token. */
  prompt: Int32Array;
  maxTokens: number;
  /** Tokens that end it and are no part of it. */
  stopIds: readonly number[];
  sampling: Sampling;
  /** Milliseconds from now after which nobody waits for a token; null: the connection tells. */
  withinMs: number | null;
}

/**
 * A sequence that grows by one token a step. Between two of its steps others have their turn: it is one source of items that has one item at a time.
 */
export class Generation implements ItemSource {
  readonly name: string;
  readonly outputs = null;
  readonly deadlineAt: number | null;
  readonly budgetMs: number | null;
  readonly priority = 0;
  readonly remainingItems = 1;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly #tokens: Int32Array;
  readonly #stopIds: ReadonlySet<number>;
  readonly #sampling: Sampling;
  readonly #arrivedAt = performance.now();
  #length: number;
  #state: GenerationState = 'OPEN';
  #owner: GenerationOwner | null = null;
  #startedAt: number | null = null;
  #computeMs = 0;

  constructor({ name, prompt, maxTokens, stopIds, sampling, withinMs }: GenerationRequest, private readonly listener: GenerationListener) {
    this.name = name;
    this.deadlineAt = withinMs === null ? null : this.#arrivedAt + withinMs;
    this.budgetMs = withinMs;
    this.subject = { generation: name };
    this.#tokens = new Int32Array(prompt.length + maxTokens);
    this.#tokens.set(prompt);
    this.#length = prompt.length;
    this.#stopIds = new Set(stopIds);
    this.#sampling = sampling;
  }

  get isOpen(): boolean {
    return this.#state === 'OPEN';
  }

  get hasStarted(): boolean {
    return this.#startedAt !== null;
  }

  /** What the runner is asked next. */
  get step(): StepRequest {
    return { generation: this.name, tokens: this.#tokens.slice(0, this.#length), sampling: this.#sampling };
  }

  ownedBy(owner: GenerationOwner): void {
    this.#owner = owner;
  }

  started(now: number): void {
    if (this.#startedAt !== null || !this.isOpen) return;
    this.#startedAt = now;
    this.listener.started();
  }

  ran({ computeMs }: RunShare): void {
    this.#computeMs += computeMs;
  }

  settle(_index: number, result: ItemResult): void {
    if ('error' in result) return this.fail(new PlatformError(result.error.code, result.error.message));
    const token = tokenOf(result);
    if (token === null) return this.fail(new PlatformError('INTERNAL_SERVER_ERROR', 'The runner answered a step with something else than a token.'));
    this.#append(token);
  }

  fail(error: PlatformError): void {
    this.#end(() => this.listener.failed(error));
  }

  /** Nobody reads on: its step leaves the queue, or is ended. */
  cancel(): void {
    if (!this.isOpen) return;
    this.#state = 'CANCELED';
    this.#owner?.canceled(this);
  }

  #append(token: number): void {
    if (!this.isOpen) return;
    if (this.#stopIds.has(token)) return this.#end(() => this.listener.done({ reason: 'STOP', timing: this.#timing() }));
    this.#tokens[this.#length] = token;
    this.#length += 1;
    this.listener.token(token);
    if (this.#length === this.#tokens.length) this.#end(() => this.listener.done({ reason: 'LENGTH', timing: this.#timing() }));
    else this.#owner?.advances(this);
  }

  #end(tell: () => void): void {
    if (!this.isOpen) return;
    this.#state = 'ENDED';
    tell();
    this.#owner?.ended(this);
  }

  #timing(): DirectTiming {
    return { queuedMs: (this.#startedAt ?? this.#arrivedAt) - this.#arrivedAt, batchWaitMs: 0, computeMs: this.#computeMs, batchSize: 1 };
  }
}

function tokenOf(result: Extract<ItemResult, { outputs: unknown }>): number | null {
  const [output] = result.outputs;
  if (!output || !('data' in output) || output.datatype !== 'INT32' || output.data.byteLength !== 4) return null;
  return new DataView(output.data.buffer, output.data.byteOffset).getInt32(0, true);
}
