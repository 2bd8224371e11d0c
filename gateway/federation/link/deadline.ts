/** The end of one call: its time is up, or its caller has left. `AbortSignal.any` would keep a listener at the caller's signal for longer. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, private readonly caller: AbortSignal | undefined) {
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`there was none within ${timeoutMs} ms.`)), timeoutMs);
    if (caller?.aborted) this.#leave();
    else caller?.addEventListener('abort', this.#leave);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.caller?.removeEventListener('abort', this.#leave);
  }

  readonly #leave = (): void => this.#controller.abort(new Error('its caller has left.'));
}
