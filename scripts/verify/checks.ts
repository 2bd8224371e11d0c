import type { Verified } from './verified';

/** Runs checks one after the other, tells each outcome as it comes and counts them. */
export class Checks {
  readonly #outcomes: boolean[] = [];

  async run(title: string, work: () => Promise<void>): Promise<void> {
    const fault = await work().then(() => null, (error: unknown) => error);
    this.#outcomes.push(fault === null);
    process.stderr.write(`${fault === null ? 'ok  ' : 'FAIL'} ${title}${fault instanceof Error ? `\n${fault.stack}\n${String(fault.cause)}` : ''}\n`);
  }

  verdict(figures: object = {}): Verified {
    const passed = this.#outcomes.filter(Boolean).length;
    return { ok: passed === this.#outcomes.length, figures: { passed, failed: this.#outcomes.length - passed, ...figures } };
  }
}
