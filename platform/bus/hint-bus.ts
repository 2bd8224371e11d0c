import { randomUUID } from 'node:crypto';
import type { Log } from '../log';
import type { EventBus, HintListener, Topic } from './event-bus';
import { decodeHints, encodeHints, type Hint } from './hint-codec';
import { Listeners } from './listeners';

/** How payloads travel between processes. Callbacks are set before the transport connects. */
export interface HintTransport {
  readonly isReady: boolean;
  /** Rejects when nothing was sent. */
  send(payloads: string[]): Promise<void>;
  onPayload: (payload: string) => void;
  /** The connection is back after a gap in which payloads may have been lost. */
  onResumed: () => void;
  close(): Promise<void>;
}

const FLUSH_INTERVAL_MS = 1;
/** While the transport is away hints wait, merged; above this many they are dropped, which streams repair by re-reading. */
const UNSENT_MAX = 10_000;

/**
 * The bus over any transport. Listeners of this process are served at once; the transport's echo of our own payloads is ignored. A hint
 * after a quiet time is sent in the same turn of the event loop, so that an idle system answers fast; in a burst one payload leaves every
 * millisecond.
 */
export class HintBus implements EventBus {
  readonly #origin = randomUUID().slice(0, 8);
  readonly #listeners = new Listeners();
  readonly #waiting = new Map<string, Hint>();
  /** Delivered here, but not yet to other processes. */
  readonly #unsent = new Map<string, Hint>();
  #flushing: Promise<void> | null = null;
  #lastFlushAt = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | null = null;

  constructor(private readonly transport: HintTransport, private readonly log: Log) {
    transport.onPayload = (payload) => this.#receive(payload);
    transport.onResumed = () => this.#resume();
  }

  publish(topic: Topic, id: string): void {
    this.#waiting.set(`${topic} ${id}`, { topic, id });
    this.#schedule();
  }

  subscribe(topic: Topic, id: string, listener: HintListener): Promise<() => void> {
    return Promise.resolve(this.#listeners.add(topic, id, listener));
  }

  subscribeAll(topic: Topic, listener: HintListener): Promise<() => void> {
    return Promise.resolve(this.#listeners.addAll(topic, listener));
  }

  /** Sends what waits, then disconnects. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#flush();
    this.#cancelTimer();
    await this.transport.close();
  }

  #schedule(): void {
    if (this.#timer || this.#flushing) return;
    const waitMs = this.#lastFlushAt + FLUSH_INTERVAL_MS - Date.now();
    const flush = () => {
      this.#timer = null;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = null;
        if (this.#waiting.size > 0) this.#schedule();
      });
    };
    this.#timer = waitMs > 0 ? setTimeout(flush, waitMs) : setImmediate(flush);
  }

  async #flush(): Promise<void> {
    this.#lastFlushAt = Date.now();
    for (const [key, hint] of this.#waiting) {
      this.#waiting.delete(key);
      this.#unsent.set(key, hint);
      this.#listeners.deliver(hint.topic, hint.id);
    }
    if (this.#unsent.size > UNSENT_MAX) this.#unsent.clear();
    if (this.transport.isReady) await this.#sendUnsent();
  }

  async #sendUnsent(): Promise<void> {
    const hints = [...this.#unsent];
    this.#unsent.clear();
    if (hints.length === 0) return;
    try {
      await this.transport.send(encodeHints(this.#origin, hints.map(([, hint]) => hint)));
    } catch (error) {
      for (const [key, hint] of hints) this.#unsent.set(key, hint);
      this.log.warn({ err: error, hints: hints.length }, 'hints not sent, kept until the bus is back');
    }
  }

  #receive(payload: string): void {
    const { origin, hints } = decodeHints(payload);
    if (origin === this.#origin) return;
    for (const { topic, id } of hints) this.#listeners.deliver(topic, id);
  }

  #resume(): void {
    this.#listeners.wakeAll();
    if (this.#unsent.size > 0) this.#schedule();
  }

  #cancelTimer(): void {
    if (this.#timer) clearTimeout(this.#timer as NodeJS.Timeout);
  }
}
