import type { Timing } from './infer';
import type { Reading, TextLine } from './read-picture';

/** What the demo tells on stdout: lines for a person, or at the end one JSON object for a program. */
export class Report {
  readonly #startedAt = performance.now();

  constructor(private readonly isJson: boolean) {}

  begin(picture: string, url: string): void {
    this.#print(`reading ${picture} with ${url}`);
  }

  readonly line = ({ index, text, confidence, timing }: TextLine): void => {
    this.#print(`${String(index + 1).padStart(3)}  ${text.padEnd(32)} ${(confidence * 100).toFixed(1)} %   ${where(timing)}`);
  };

  /** Returns whether everything expected was read. */
  end({ lines, detection }: Reading, expected: readonly string[]): boolean {
    const missing = expected.filter((text) => !lines.some((line) => line.text === text));
    const ok = lines.length > 0 && missing.length === 0;
    const tookMs = performance.now() - this.#startedAt;
    this.#print(`${lines.length} lines in ${(tookMs / 1000).toFixed(1)} s; detection: ${where(detection)}`);
    for (const text of missing) this.#print(`not read: ${text}`);
    if (this.isJson) process.stdout.write(`${JSON.stringify({ ok, lines, missing, detection, tookMs })}\n`);
    return ok;
  }

  #print(text: string): void {
    if (!this.isJson) process.stdout.write(`${text}\n`);
  }
}

function where({ queuedMs, batchWaitMs, computeMs }: Timing): string {
  return `queued ${ms(queuedMs)}, batch wait ${ms(batchWaitMs)}, compute ${ms(computeMs)}`;
}

function ms(value: number | null): string {
  return `${(value ?? 0).toFixed(1)} ms`;
}
