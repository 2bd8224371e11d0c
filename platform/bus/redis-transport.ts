import { Redis, type RedisOptions } from 'ioredis';
import { PlatformError } from '../errors';
import type { Log } from '../log';
import type { HintTransport } from './hint-bus';

const CHANNEL = 'modelgraph:hints';

/** Redis pub/sub: a connection that is subscribed may send nothing else, hence two. */
export class RedisTransport implements HintTransport {
  onPayload: (payload: string) => void = () => undefined;
  onResumed: () => void = () => undefined;
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  #isSubscribed = false;
  #wasSubscribed = false;

  constructor(url: string, private readonly log: Log) {
    const options: RedisOptions = {
      lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: 5_000, autoResubscribe: false,
      // ioredis waits this long for a socket to close even where it has closed long ago.
      disconnectTimeout: 100,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    };
    this.#publisher = new Redis(url, options);
    this.#subscriber = new Redis(url, options);
    for (const redis of [this.#publisher, this.#subscriber]) redis.on(
      'error', (error) => log.debug({ err: error }, 'event bus connection'),
    );
    this.#subscriber.on('message', (_channel, payload) => this.onPayload(payload));
    this.#subscriber.on('close', () => this.#lost());
    // Ready again is not subscribed again: hints are only safe after the subscription's own answer.
    this.#subscriber.on(
      'ready', () => { void this.#subscribe().catch((error: unknown) => log.warn({ err: error }, 'event bus not subscribed')); },
    );
    this.#publisher.on('ready', () => { if (this.#isSubscribed) this.onResumed(); });
  }

  get isReady(): boolean {
    return this.#publisher.status === 'ready';
  }

  /** @throws UNAVAILABLE when Redis cannot be reached; later losses heal by themselves. */
  async open(): Promise<void> {
    try {
      await Promise.all([this.#publisher.connect(), this.#subscriber.connect()]);
      await this.#subscribe();
    } catch (error) {
      await this.close();
      throw new PlatformError('UNAVAILABLE', 'Redis cannot be reached at the moment; try again.', {}, { cause: error });
    }
  }

  async send(payloads: string[]): Promise<void> {
    await Promise.all(payloads.map((payload) => this.#publisher.publish(CHANNEL, payload)));
  }

  close(): Promise<void> {
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
    return Promise.resolve();
  }

  async #subscribe(): Promise<void> {
    await this.#subscriber.subscribe(CHANNEL);
    if (this.#isSubscribed) return;
    this.#isSubscribed = true;
    if (this.#wasSubscribed) {
      this.log.info('event bus connected again');
      this.onResumed();
    }
    this.#wasSubscribed = true;
  }

  #lost(): void {
    if (this.#isSubscribed) this.log.warn('event bus connection lost');
    this.#isSubscribed = false;
  }
}
