/** What a hint is about. The row is the truth: a hint carries an id and nothing else. */
export const TOPICS = ['job', 'chunk-cancel', 'deployment', 'worker', 'replica', 'model', 'generation', 'generation-cancel'] as const;
export type Topic = (typeof TOPICS)[number];

export type HintListener = (id: string) => void;

/**
 * Carries hints "this row changed" between processes.
 *
 * - `publish` returns at once and never throws: hints are coalesced per process for up to 1 ms under load, duplicates merged, and sent after
 *   the commit, never inside a transaction (NOTIFY inside one serialises all commits).
 * - A hint may be lost (a reconnect, a full buffer). After each reconnect every listener is called with the ids it listens for,
 *   `listenAll` listeners with `'*'`; who holds a stream also re-reads every 2 s.
 * - A listener hears hints of every process, its own included. Listeners must not throw.
 * - `subscribe` resolves once hints published from now on will arrive.
 */
export interface EventBus {
  publish(topic: Topic, id: string): void;
  /** Hints about one id. The returned function ends it and may be called twice. */
  subscribe(topic: Topic, id: string, listener: HintListener): Promise<() => void>;
  /** Hints about every id of a topic; `'*'` means "anything may have changed". */
  subscribeAll(topic: Topic, listener: HintListener): Promise<() => void>;
  close(): Promise<void>;
}
