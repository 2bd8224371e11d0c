import { PlatformError } from '../../platform/errors';

export interface StreamCaps {
  /** Subscriptions that one principal may have open. */
  readonly perKey: number;
  /** Subscriptions that this process serves. */
  readonly total: number;
}

/** Counts open subscriptions over all doors. */
export class StreamQuota {
  readonly #openOf = new Map<string, number>();
  #open = 0;

  constructor(private readonly caps: StreamCaps) {}

  get open(): number {
    return this.#open;
  }

  /**
   * Takes a place and returns what gives it back, which may be called twice.
   * @throws TOO_MANY_STREAMS
   */
  take(principalId: string): () => void {
    const { perKey, total } = this.caps;
    const own = this.#openOf.get(principalId) ?? 0;
    if (own >= perKey) throw new PlatformError('TOO_MANY_STREAMS', `${perKey} subscriptions of this key are open already; end some first.`);
    if (this.#open >= total) throw new PlatformError('TOO_MANY_STREAMS', `This gateway serves ${total} subscriptions already; try again later.`);
    this.#openOf.set(principalId, own + 1);
    this.#open += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#giveBack(principalId);
      isTaken = false;
    };
  }

  #giveBack(principalId: string): void {
    this.#open -= 1;
    const left = this.#openOf.get(principalId)! - 1;
    if (left > 0) this.#openOf.set(principalId, left);
    else this.#openOf.delete(principalId);
  }
}
