import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Refused, type Api } from './api';

const RETRY_AFTER_MS = 100;
const FINAL = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);

const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const STATUS = 'query ($id: ID!) { job(id: $id) { status } }';

export interface LoadSettings {
  deployment: string;
  inFlight: number;
  /** Items of one job. */
  items: readonly object[];
}

/**
 * A closed loop of clients that never gives a job up: each submits with an idempotency key of its own, repeats the submit until it is answered,
 * and follows the job to a final state. `accepted` is the client's own ledger: what the platform said yes to.
 */
export class Load {
  readonly accepted = new Map<string, string | null>();
  #isStopped = false;
  #loops: Promise<void>[] = [];
  refusals = 0;

  constructor(private readonly api: Api, private readonly settings: LoadSettings) {}

  start(): void {
    this.#loops = Array.from({ length: this.settings.inFlight }, () => this.#loop());
  }

  /** Takes no new work and waits until what was accepted is final, or the time is over. */
  async finish(withinMs: number): Promise<void> {
    this.#isStopped = true;
    const end = new AbortController();
    await Promise.race([Promise.all(this.#loops), delay(withinMs, undefined, { signal: end.signal }).catch(() => undefined)]);
    end.abort();
  }

  async #loop(): Promise<void> {
    while (!this.#isStopped) {
      const id = await this.#submit();
      this.accepted.set(id, null);
      this.accepted.set(id, await this.#finalStatus(id));
    }
  }

  async #submit(): Promise<string> {
    const { deployment, items } = this.settings;
    const input = { deployment, items, idempotencyKey: randomUUID() };
    const { submitInference } = await this.#persist(() => this.api.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input }));
    return submitInference.job.id;
  }

  async #finalStatus(id: string): Promise<string> {
    for (;;) {
      const { job } = await this.#persist(() => this.api.request<{ job: { status: string } }>(STATUS, { id }));
      if (FINAL.has(job.status)) return job.status;
      await delay(RETRY_AFTER_MS);
    }
  }

  /** A refusal that cannot pass by itself is a fault of the drill; anything else is the fault under test and is tried again. */
  async #persist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof Refused && ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'IDEMPOTENCY_CONFLICT', 'JOB_NOT_FOUND'].includes(error.code)) throw error;
        this.refusals++;
        await delay(RETRY_AFTER_MS);
      }
    }
  }
}
