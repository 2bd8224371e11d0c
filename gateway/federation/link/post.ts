import { errors, type Dispatcher } from 'undici';

export interface WholeAnswer {
  status: number;
  text: string;
}

export interface Post {
  path: string;
  headers: Record<string, string>;
  body: string;
  signal?: AbortSignal;
}

/** Posts and reads the whole answer. Not by `request`, whose stream and its events cost more than answers of this size. @throws what undici throws, or the signal's reason */
export function post(dispatcher: Dispatcher, { signal, ...request }: Post): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    dispatcher.dispatch({ method: 'POST', ...request }, new AnswerReader(signal, resolve, reject));
  });
}

/** Gathers one answer. */
class AnswerReader implements Dispatcher.DispatchHandler {
  #status = 0;
  readonly #chunks: Buffer[] = [];
  /** Null while the request waits for a connection. */
  #controller: Dispatcher.DispatchController | null = null;

  constructor(private readonly signal: AbortSignal | undefined, private readonly resolve: (answer: WholeAnswer) => void, private readonly reject: (error: Error) => void) {
    signal?.addEventListener('abort', this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.signal?.aborted) this.#abort();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    const [first] = this.#chunks;
    this.resolve({ status: this.#status, text: this.#chunks.length === 1 ? first!.toString() : Buffer.concat(this.#chunks).toString() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end();
    this.reject(error);
  }

  readonly #abort = (): void => {
    const reason = (this.signal!.reason as Error | undefined) ?? new errors.RequestAbortedError();
    this.#controller?.abort(reason);
    // What waits for a connection is given up when its turn comes; nobody waits for that.
    this.reject(reason);
  };

  #end(): void {
    this.signal?.removeEventListener('abort', this.#abort);
  }
}
