/**
 * Keeps the most recently used values by text, bounded by the characters of all texts together:
 * what is derived from a text (a parsed document, a plan) grows with it.
 */
export class TextCache<Value> {
  #entries = new Map<string, Value>();
  #characters = 0;

  constructor(private readonly maxCharacters: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(text: string): Value | undefined {
    const value = this.#entries.get(text);
    if (value === undefined) return undefined;
    this.#entries.delete(text);
    this.#entries.set(text, value);
    return value;
  }

  /** A text longer than the whole bound is not kept. */
  set(text: string, value: Value): void {
    this.delete(text);
    this.#entries.set(text, value);
    this.#characters += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#characters <= this.maxCharacters) return;
      this.delete(oldest);
    }
  }

  delete(text: string): void {
    if (this.#entries.delete(text)) this.#characters -= text.length;
  }
}
