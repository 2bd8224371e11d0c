import { messageOf, PlatformError } from '../../../platform/errors';
import { CallFailure, WorkerConnection } from './worker.connection';

/** Signs what opens a connection to the worker at this address. */
export interface TokenSigner {
  sign(address: string): Promise<string>;
}

/** Kept-alive connections to workers, one each, opened when first needed. */
export class WorkerConnections {
  readonly #byAddress = new Map<string, Promise<WorkerConnection>>();
  #isClosed = false;

  constructor(private readonly tokens: TokenSigner) {}

  /** @throws CallFailure, never started, when the worker cannot be reached */
  to(address: string): Promise<WorkerConnection> {
    const known = this.#byAddress.get(address);
    if (known) return known;
    const opening = this.#open(address);
    this.#byAddress.set(address, opening);
    opening.catch(() => this.#forget(address, opening));
    return opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await Promise.allSettled(this.#byAddress.values());
    for (const connection of opened) if (connection.status === 'fulfilled') connection.value.close();
  }

  async #open(address: string): Promise<WorkerConnection> {
    try {
      if (this.#isClosed) throw new PlatformError('UNAVAILABLE', 'The inference service is stopping.');
      return await WorkerConnection.open(address, await this.tokens.sign(address), () => this.#byAddress.delete(address));
    } catch (error) {
      throw new CallFailure(error instanceof PlatformError ? error : new PlatformError('UNAVAILABLE', messageOf(error)), false);
    }
  }

  #forget(address: string, opening: Promise<WorkerConnection>): void {
    if (this.#byAddress.get(address) === opening) this.#byAddress.delete(address);
  }
}
