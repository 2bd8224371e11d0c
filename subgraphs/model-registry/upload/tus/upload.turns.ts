import type { Database } from '../../../../platform/database/database';

/**
 * One writer at a time for each upload. A request that comes for it ends the one before in this process: its client has given that up, though nobody
 * told us, as happens when a lid is closed. In another process it ends by itself; until then nobody else gets the turn.
 */
export class UploadTurns {
  readonly #active = new Map<string, { abort: AbortController; ended: Promise<unknown> }>();

  constructor(private readonly database: Database) {}

  /** Ends who writes in this process, and waits until all that he brought is kept. */
  async interrupt(id: string): Promise<void> {
    for (let active = this.#active.get(id); active; active = this.#active.get(id)) {
      active.abort.abort();
      await active.ended;
    }
  }

  /** Null when another process has the turn. The signal aborts when someone else wants it. */
  async take<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    // Of several that waited only one goes on; the others interrupt it in their turn.
    while (this.#active.has(id)) await this.interrupt(id);
    const abort = new AbortController();
    const turn = this.database.exclusively(`upload ${id}`, () => work(abort.signal));
    const ended = turn.then(() => undefined, () => undefined).then(() => {
      if (this.#active.get(id)?.abort === abort) this.#active.delete(id);
    });
    this.#active.set(id, { abort, ended });
    return turn.finally(() => ended);
  }
}
