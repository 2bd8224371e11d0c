import type { GenerationStore, GenerationLease } from './generation.store';

/** Tokens that come within this time are written together. */
const GATHER_MS = 20;
/** Written with no tokens where none came, so that nobody takes it over. */
const PULSE_MS = 2_000;

export interface TokenWriterParts {
  store: Pick<GenerationStore, 'append'>;
  lease: GenerationLease;
  /** Told after each write that others may read. */
  written(): void;
  /** Somebody else has it now, or it was canceled. */
  lost(): void;
  /** A write failed; the tokens are kept and written with the next. */
  failed(error: unknown): void;
}

/** Writes the tokens of one generation in the order they come, one statement at a time. */
export class TokenWriter {
  #tokens: number[] = [];
  #writing: Promise<void> | null = null;
  #gathering: NodeJS.Timeout | null = null;
  readonly #pulse: NodeJS.Timeout;

  constructor(private readonly parts: TokenWriterParts) {
    this.#pulse = setInterval(() => void this.#write(), PULSE_MS);
  }

  push(token: number): void {
    this.#tokens.push(token);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      void this.#write();
    }, GATHER_MS);
  }

  /** Writes what is left; tokens of a lost lease are dropped. */
  async close(): Promise<void> {
    this.stop();
    await this.#writing;
    if (this.#tokens.length > 0) await this.#append();
  }

  stop(): void {
    clearInterval(this.#pulse);
    if (this.#gathering) clearTimeout(this.#gathering);
  }

  /** Never rejects. What comes while it writes is written right behind. */
  #write(): Promise<void> {
    this.#writing ??= this.#append().catch((error: unknown) => this.parts.failed(error)).finally(() => { this.#writing = null; });
    return this.#writing;
  }

  async #append(): Promise<void> {
    const { store, lease, written, lost } = this.parts;
    const tokens = this.#tokens;
    this.#tokens = [];
    try {
      if (!await store.append(lease, tokens)) return lost();
    } catch (error) {
      this.#tokens = [...tokens, ...this.#tokens];
      throw error;
    }
    written();
  }
}
