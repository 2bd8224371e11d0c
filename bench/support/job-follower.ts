import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

interface Event {
  seq: number;
  kind: string;
}

const FINAL = new Set(['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED']);
const EVENTS = 'subscription ($id: ID!, $after: Int) { jobEvents(id: $id, after: $after) { seq kind } }';
const RETRY_MS = 100;

/** A subscriber with a socket to each gateway, which goes on at the next one when a gateway is gone: behind the last event it has seen. */
export class JobFollower {
  /** How often a stream that had begun was taken up again. */
  resumed = 0;
  /** The gateway that it reads from now. */
  place: number;
  isReading = false;
  readonly #clients: Client[];

  constructor(urls: readonly string[], first: number) {
    this.place = first % urls.length;
    this.#clients = urls.map((url) => createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, lazyCloseTimeout: 60_000,
    }));
  }

  /**
   * The numbers of all events, as they came, and the kind of the last one; null once `signal` is aborted.
   * @throws Error when a gateway refuses what it should tell
   */
  async follow(id: string, signal: AbortSignal): Promise<{ seen: number[]; last: string } | null> {
    const seen: number[] = [];
    while (!signal.aborted) {
      if (seen.length > 0) this.resumed += 1;
      const last = await this.#read(id, seen);
      if (last && FINAL.has(last)) return { seen, last };
      this.place = (this.place + 1) % this.#clients.length;
      await delay(RETRY_MS);
    }
    return null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.dispose()));
  }

  /** Until the stream ends or breaks off; what came last. */
  async #read(id: string, seen: number[]): Promise<string | null> {
    let last: string | null = null;
    this.isReading = true;
    try {
      for await (const { data, errors } of this.#clients[this.place]!.iterate<{ jobEvents: Event }>({ query: EVENTS, variables: { id, after: seen.at(-1) ?? 0 } })) {
        // A subgraph whose gateway has just come back may be late; what it refuses for good shows as a job that never ends.
        if (errors || !data) break;
        seen.push(data.jobEvents.seq);
        last = data.jobEvents.kind;
      }
    } catch (reason) {
      if (!isClosed(reason)) throw new Error(JSON.stringify(reason), { cause: reason });
    } finally {
      this.isReading = false;
    }
    return last;
  }
}

function isClosed(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && ('code' in reason || reason instanceof Error || 'error' in reason);
}
