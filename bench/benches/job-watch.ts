import { setImmediate as immediate } from 'node:timers/promises';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';

const LOST_HINT_MS = 1_000;

/** Tells when jobs are final, as a subscriber learns it: a hint, then the row; the rows of many jobs in one read. */
export class JobWatch {
  readonly #waiting = new Map<string, (status: string) => void>();
  /** Hints about jobs whose submit has not answered yet, of this second and the last. */
  #early = new Set<string>();
  #earlier = new Set<string>();
  #due = new Set<string>();
  #isReading = false;
  #timer: NodeJS.Timeout | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(private readonly database: Database, private readonly bus: EventBus) {}

  async start(): Promise<void> {
    this.#unsubscribe = await this.bus.subscribeAll('job', (id) => {
      if (this.#waiting.has(id)) this.#look([id]);
      else this.#early.add(id);
    });
    this.#timer = setInterval(() => {
      [this.#earlier, this.#early] = [this.#early, new Set()];
      this.#look(this.#waiting.keys());
    }, LOST_HINT_MS);
  }

  /** Resolves with the final status. */
  final(id: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      if (this.#early.delete(id) || this.#earlier.delete(id)) this.#look([id]);
    });
  }

  stop(): void {
    this.#unsubscribe?.();
    if (this.#timer) clearInterval(this.#timer);
  }

  #look(ids: Iterable<string>): void {
    for (const id of ids) this.#due.add(id);
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#due.size > 0) {
      // Hints of one turn share a read.
      await immediate();
      const ids = [...this.#due];
      this.#due = new Set();
      const rows = await this.database.query<{ id: string; status: string }>({
        name: 'bench-final',
        // A look-up per id: with `id = any()` the plan made while the day's partition was empty scans all of it for as long as it is cached.
        text: `select j.* from unnest($1::uuid[]) w(id) cross join lateral (
                 select id, status from job where id = w.id and id between $2::uuid and $3::uuid and status in ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED') limit 1
               ) j`,
        values: [ids, ids.reduce((a, b) => (a < b ? a : b)), ids.reduce((a, b) => (a > b ? a : b))],
      });
      for (const { id, status } of rows) {
        this.#waiting.get(id)?.(status);
        this.#waiting.delete(id);
      }
    }
    this.#isReading = false;
  }
}
