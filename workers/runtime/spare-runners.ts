import type { Log } from '../../platform/log';
import { messageOf } from '../../platform/errors';
import { Runner } from './runner';
import type { RunnerCaps } from './runner.process';

const START_TIMEOUT_MS = 30_000;

/**
 * Runner processes that have loaded the runtime and wait for a model: what a killed run's batch-mates would wait for is mostly that. Their caps are set when
 * they start, so each is of use to revisions with the same caps alone; the caps that were used last are kept.
 */
export class SpareRunners {
  /** By caps, oldest first. */
  readonly #spares = new Map<string, Promise<Runner | null>>();
  #isClosed = false;

  constructor(private readonly parts: { most: number; log: Log }) {}

  /** Takes the one with these caps out; null: there is none. */
  async take(caps: RunnerCaps): Promise<Runner | null> {
    const spare = this.#spares.get(keyOf(caps));
    this.#spares.delete(keyOf(caps));
    return (await spare) ?? null;
  }

  /** Sees to it that there is one with these caps; the oldest of the others ends when they are too many. */
  keep(caps: RunnerCaps): void {
    const key = keyOf(caps);
    if (this.#isClosed || this.parts.most === 0) return;
    const present = this.#spares.get(key) ?? this.#start(caps);
    this.#spares.delete(key);
    this.#spares.set(key, present);
    for (const [oldest, spare] of this.#spares) {
      if (this.#spares.size <= this.parts.most) return;
      this.#spares.delete(oldest);
      void endOf(spare);
    }
  }

  /** Resolves once none is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const spares = [...this.#spares.values()];
    this.#spares.clear();
    await Promise.all(spares.map(endOf));
  }

  #start({ memoryBytes, threads }: RunnerCaps): Promise<Runner | null> {
    const caps = { memoryBytes, threads };
    const spare = Runner.open(caps, START_TIMEOUT_MS).catch((error: unknown) => {
      this.parts.log.warn({ reason: messageOf(error) }, 'spare runner not started');
      return null;
    });
    // One that ends by itself while it waits must not be handed out.
    void spare.then((runner) => runner?.exited).then(() => {
      if (this.#spares.get(keyOf(caps)) === spare) this.#spares.delete(keyOf(caps));
    });
    return spare;
  }
}

function keyOf({ memoryBytes, threads }: RunnerCaps): string {
  return `${memoryBytes}/${threads}`;
}

async function endOf(spare: Promise<Runner | null>): Promise<void> {
  await (await spare)?.close();
}
