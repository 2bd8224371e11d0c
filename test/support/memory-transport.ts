import type { EventBus, HintListener, Topic } from '../../platform/bus/event-bus';
import type { EntryData, EntryHandler, QueueBackend, QueueConsumer, QueueProducer } from '../../platform/queue/queue';

/** One process's queue in memory: entries wait until somebody consumes them, and are held until their handler settles. */
export class MemoryQueue implements QueueBackend {
  readonly kind = 'postgres';
  readonly waiting = new Map<string, EntryData[]>();
  readonly #consumers = new Map<string, EntryHandler>();
  held = 0;

  push(queue: string, entry: EntryData): void {
    const handler = this.#consumers.get(queue);
    if (!handler) {
      this.waiting.set(queue, [...(this.waiting.get(queue) ?? []), entry]);
      return;
    }
    this.held += 1;
    void handler(entry, { isRepeated: false }).finally(() => { this.held -= 1; });
  }

  /** As after its consumer has died. */
  async deliverAgain(queue: string, entry: EntryData): Promise<void> {
    await this.#consumers.get(queue)!(entry, { isRepeated: true });
  }

  producer(queue: string): QueueProducer {
    return { addAll: async (entries) => entries.forEach(({ data }) => this.push(queue, data)), close: async () => undefined };
  }

  async consume(queue: string, handler: EntryHandler): Promise<QueueConsumer> {
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
