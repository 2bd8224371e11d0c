export interface ResultBounds {
  readonly results: number;
  readonly characters: number;
}

/** The latest results of a stream, numbered from 0, within bounds; the last one is kept whatever its size. */
export class ResultLog {
  #texts: string[] = [];
  #first = 0;
  #characters = 0;

  constructor(private readonly bounds: ResultBounds) {}

  /** The number of the oldest one that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next one gets. */
  get head(): number {
    return this.#first + this.#texts.length;
  }

  get last(): string | undefined {
    return this.#texts.at(-1);
  }

  at(number: number): string {
    return this.#texts[number - this.#first]!;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#characters += text.length;
    while (this.#isOver() && this.#texts.length > 1) {
      this.#characters -= this.#texts.shift()!.length;
      this.#first += 1;
    }
  }

  #isOver(): boolean {
    return this.#texts.length > this.bounds.results || this.#characters > this.bounds.characters;
  }
}
