import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Refused, type Api } from './api';

const RETRY_AFTER_MS = 200;
/** Some of a job's usual time: polling costs the platform less than the jobs do. */
const POLL_MS = 400;
/** Refusals that cannot pass by themselves. */
const PERMANENT = new Set(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'IDEMPOTENCY_CONFLICT', 'UNAUTHENTICATED', 'FORBIDDEN']);
const FINAL = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);

const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const STATUS = 'query ($id: ID!) { job(id: $id) { status } }';

export interface LoadSettings {
  deployment: string;
  inFlight: number;
  item: object;
  /** Items of the jobs, in turn. */
  itemCounts: readonly number[];
}

/**
 * A closed loop of clients that never gives a job up: each submits with an idempotency key of its own, repeats the submit until it is answered,
 * and follows the job to a final state. `accepted` is the client's own ledger: what the platform said yes to, and what it said of it last.
 */
export class Load {
  readonly accepted = new Map<string, string | null>();
  /** Requests that were tried again, by what they failed with. */
  readonly retries: Record<string, number> = {};
  longestMs = 0;
  #isStopped = false;
  #loops: Promise<unknown> = Promise.resolve();
  #submitted = 0;
  readonly #givenUp = new AbortController();

  constructor(private readonly api: Api, private readonly settings: LoadSettings) {}

  start(): void {
    const loops = Promise.all(Array.from({ length: this.settings.inFlight }, () => this.#loop()));
    // Heard of in `finish`; until then it must not end the process with its platform still running.
    loops.catch(() => undefined);
    this.#loops = loops;
  }

  /**
   * Takes no new work and waits until what was accepted is final, or the time is over.
   * @throws Refused when the platform refused what it should take
   */
  async finish(withinMs: number): Promise<void> {
    this.#isStopped = true;
    const late = setTimeout(() => this.#givenUp.abort(), withinMs);
    await this.#loops;
    clearTimeout(late);
  }

  async #loop(): Promise<void> {
    while (!this.#isStopped) {
      const startedAt = performance.now();
      const id = await this.#submit();
      if (id === null) return;
      this.accepted.set(id, null);
      this.accepted.set(id, await this.#finalStatus(id));
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
    }
  }

  async #submit(): Promise<string | null> {
    const { deployment, item, itemCounts } = this.settings;
    const items = Array<object>(itemCounts[this.#submitted++ % itemCounts.length]!).fill(item);
    const input = { deployment, items, idempotencyKey: randomUUID() };
    const answer = await this.#persist(() => this.api.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input }));
    return answer?.submitInference.job.id ?? null;
  }

  async #finalStatus(id: string): Promise<string | null> {
    for (;;) {
      await delay(POLL_MS);
      const answer = await this.#persist(() => this.api.request<{ job: { status: string } | null }>(STATUS, { id }));
      if (answer === null) return null;
      // Not there though it was accepted: the recount tells whether it is lost.
      const status = answer.job?.status ?? 'NOT_FOUND';
      if (FINAL.has(status) || this.#givenUp.signal.aborted) return status;
    }
  }

  /** Anything that may pass by itself is the fault under test and is tried again; null once the time is over. */
  async #persist<T>(attempt: () => Promise<T>): Promise<T | null> {
    while (!this.#givenUp.signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof Refused && PERMANENT.has(error.code)) throw error;
        const reason = error instanceof Refused ? error.code : 'NO_ANSWER';
        this.retries[reason] = (this.retries[reason] ?? 0) + 1;
        await delay(RETRY_AFTER_MS);
      }
    }
    return null;
  }
}
