import type { HintListener, Topic } from './event-bus';

/** Who listens for what in this process. */
export class Listeners {
  readonly #byId = new Map<string, Set<HintListener>>();
  readonly #byTopic = new Map<Topic, Set<HintListener>>();

  add(topic: Topic, id: string, listener: HintListener): () => void {
    return addTo(this.#byId, `${topic} ${id}`, listener);
  }

  addAll(topic: Topic, listener: HintListener): () => void {
    return addTo(this.#byTopic, topic, listener);
  }

  deliver(topic: Topic, id: string): void {
    // Most hints are about rows that nobody here watches.
    const [ofId, ofTopic] = [this.#byId.size > 0 ? this.#byId.get(`${topic} ${id}`) : undefined, this.#byTopic.get(topic)];
    if (ofId) for (const listener of [...ofId]) listener(id);
    if (ofTopic) for (const listener of [...ofTopic]) listener(id);
  }

  /** After a gap: each is called with the id it listens for, or `'*'`. */
  wakeAll(): void {
    for (const [key, listeners] of [...this.#byId]) {
      const id = key.slice(key.indexOf(' ') + 1);
      for (const listener of [...listeners]) listener(id);
    }
    for (const listener of [...this.#byTopic.values()].flatMap((listeners) => [...listeners])) listener('*');
  }
}

/** A listener given twice is two listeners: each is wrapped, so that ending one keeps the other. */
function addTo<Key>(map: Map<Key, Set<HintListener>>, key: Key, listener: HintListener): () => void {
  const own: HintListener = (id) => listener(id);
  const listeners = map.get(key) ?? new Set();
  map.set(key, listeners.add(own));
  return () => {
    listeners.delete(own);
    if (listeners.size === 0 && map.get(key) === listeners) map.delete(key);
  };
}
