interface Entry<Value> {
  value: Value;
  key: number;
  /** Equal keys leave in the order they came. */
  sequence: number;
}

/** A binary heap: the smallest key leaves first. */
export class KeyedHeap<Value> {
  readonly #entries: Entry<Value>[] = [];
  #sequence = 0;

  get size(): number {
    return this.#entries.length;
  }

  push(value: Value, key: number): void {
    const entry = { value, key, sequence: this.#sequence++ };
    let at = this.#entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, this.#entries[parent]!)) break;
      this.#entries[at] = this.#entries[parent]!;
      at = parent;
    }
    this.#entries[at] = entry;
  }

  pop(): Value | null {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (!first || !last) return null;
    if (this.#entries.length > 0) this.#sink(last);
    return first.value;
  }

  #sink(entry: Entry<Value>): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child += 1;
      if (!isBefore(entries[child]!, entry)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = entry;
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.key === b.key ? a.sequence < b.sequence : a.key < b.key;
}
