const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const LINK = /^http:\/\/127\.0\.0\.1/;

/**
 * Holds a real answer against the one that a page shows. What differs from run to run by its nature (ids, links, instants, durations) must be of the same kind, and
 * is remembered, so that later blocks which name the shown id or link are run with the real one.
 */
export class ShownAnswers {
  readonly #realOf = new Map<string, string>();

  /** The text of a block with every shown id and link replaced by the real one. */
  realise(text: string): string {
    let realised = text;
    for (const [shown, real] of this.#realOf) realised = realised.replaceAll(shown, real);
    return realised;
  }

  /** @returns null when they agree, otherwise what differs */
  difference(shown: unknown, real: unknown, path = 'answer'): string | null {
    if (typeof shown === 'string' && typeof real === 'string') return this.#text(shown, real, path);
    if (Array.isArray(shown) && Array.isArray(real)) {
      if (shown.length !== real.length) return `${path} has ${real.length} elements, ${shown.length} are shown`;
      return first(shown.map((element, index) => this.difference(element, real[index], `${path}[${index}]`)));
    }
    if (isObject(shown) && isObject(real)) {
      const names = new Set([...Object.keys(shown), ...Object.keys(real)]);
      return first([...names].map((name) => (name.endsWith('Ms') ? null : this.difference(shown[name], real[name], `${path}.${name}`))));
    }
    return Object.is(shown, real) ? null : `${path} is ${JSON.stringify(real)}, ${JSON.stringify(shown)} is shown`;
  }

  #text(shown: string, real: string, path: string): string | null {
    for (const kind of [ID, INSTANT, LINK]) {
      if (!kind.test(shown)) continue;
      if (!kind.test(real)) return `${path} is "${real}", something like "${shown}" is shown`;
      this.#realOf.set(shown, real);
      return null;
    }
    return shown === real ? null : `${path} is "${real}", "${shown}" is shown`;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const first = (differences: (string | null)[]): string | null => differences.find((difference) => difference !== null) ?? null;
