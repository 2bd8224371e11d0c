import { messageOf } from '../platform/errors';
import type { Log } from '../platform/log';

/** Every claim, read and finish under way; shutdown waits for them. */
export class WorkUnderWay {
  readonly #works = new Set<Promise<void>>();

  constructor(private readonly log: Log) {}

  /** What rejects was given up on purpose, and is only noted. */
  track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.log.debug({ reason: messageOf(error) }, 'work abandoned'))
      .finally(() => this.#works.delete(tracked));
    this.#works.add(tracked);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#works);
  }
}
