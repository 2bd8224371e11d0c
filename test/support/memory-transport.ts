import type { EventBus, HintListener, Topic } from '../../platform/bus/event-bus';
import type { EntryData, QueueBackend, QueueConsumer, QueueProducer } from '../../platform/queue/queue';

type Handler = (entry: EntryData) => Promise<void>;

/** One process's queue in memory: entries wait until somebody consumes them, and are held until their handler settles. */
export class MemoryQueue implements QueueBackend {
  readonly kind = 'postgres';
  readonly waiting = new Map<string, EntryData[]>();
  readonly #consumers = new Map<string, Handler>();
  held = 0;

  push(queue: string, entry: EntryData): void {
    const handler = this.#consumers.get(queue);
    if (!handler) {
      this.waiting.set(queue, [...(this.waiting.get(queue) ?? []), entry]);
      return;
    }
    this.held += 1;
    void handler(entry).finally(() => { this.held -= 1; });
  }

  producer(queue: string): QueueProducer {
    return { addAll: async (entries) => entries.forEach(({ data }) => this.push(queue, data)), close: async () => undefined };
  }

  async consume(queue: string, handler: Handler): Promise<QueueConsumer> {
    this.#consumers.set(queue, handler);
    for (const entry of this.waiting.get(queue)?.splice(0) ?? []) this.push(queue, entry);
    return { resize: () => undefined, close: async () => { this.#consumers.delete(queue); } };
  }

  async obliterate(queue: string): Promise<void> {
    this.waiting.delete(queue);
  }

  async epoch(): Promise<string> {
    return 'memory';
  }

  async close(): Promise<void> {
    this.#consumers.clear();
  }
}

/** Hints within one process, at once. */
export class MemoryBus implements EventBus {
  readonly #listeners = new Map<Topic, Set<HintListener>>();

  publish(topic: Topic, id: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(id);
  }

  async subscribe(topic: Topic, id: string, listener: HintListener): Promise<() => void> {
    return this.subscribeAll(topic, (hinted) => { if (hinted === id || hinted === '*') listener(id); });
  }

  async subscribeAll(topic: Topic, listener: HintListener): Promise<() => void> {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }
}
