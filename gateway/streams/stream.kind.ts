import type { ResultBounds } from './result.log';

/**
 * What a subscription's field promises, told by its subgraph with `@tag(name: "stream/…")`:
 *
 * - `state`: each result is the whole state of something, the first one as it is now. A slow reader gets the latest alone.
 * - `log`: equal subscriptions get equal results from the first one on, such as events behind a cursor. None may be lost.
 * - `private`: nothing is promised. It is not shared, and a slow reader slows its own source.
 */
export type StreamKind = 'state' | 'log' | 'private';

/** How much of a stream is kept: for a log what a slow reader may be behind, and a late one be given. */
export const KEPT: Readonly<Record<StreamKind, ResultBounds>> = {
  state: { results: 1, characters: 0 },
  log: { results: 1_000, characters: 512 * 1024 },
  private: { results: 1, characters: 0 },
};
