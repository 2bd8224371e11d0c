import net from 'node:net';
import { z } from 'zod';
import { encodeMessage, KIND, type CallHeader, type DirectTiming, type GenerateHeader, type GenerationEnd, type Message, type MessageKind } from '../../../platform/direct/message';
import { MessageReader } from '../../../platform/direct/message-reader';
import { isErrorCode, messageOf, PlatformError } from '../../../platform/errors';
import { checkRaw } from '../../../platform/tensor/element-count';
import { unpackFrame } from '../../../platform/tensor/frame';
import type { RawTensor } from '../../../platform/tensor/tensor';

export interface DirectAnswer {
  outputs: RawTensor[];
  timing: DirectTiming;
}

/** A call that has no result; whether its run had begun, or may have, decides if another replica may have it. */
export class CallFailure extends Error {
  /** @param hasStarted false only where it is certain that no run began */
  constructor(readonly error: PlatformError, readonly hasStarted: boolean) {
    super(error.message, { cause: error });
  }
}

/** What a generation tells before its end. */
export interface TokenListener {
  started(): void;
  token(token: number): void;
}

interface Pending {
  hasStarted: boolean;
  /** Null: a call that gives tensors. */
  readonly listener: TokenListener | null;
  resolve(message: Message): void;
  reject(failure: CallFailure): void;
}

interface Asked<Answer> {
  kind: MessageKind;
  header: object;
  frame: Uint8Array;
  listener: TokenListener | null;
  read(answer: Message): Answer;
}

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_MAX_BYTES = 2 ** 31 - 1;

const timingHeader = z.object({ queuedMs: z.number(), batchWaitMs: z.number(), computeMs: z.number(), batchSize: z.number() });
const failedHeader = z.object({ code: z.string(), message: z.string() });
const tokenHeader = z.object({ token: z.number().int().min(0) });
const endHeader = z.object({ reason: z.enum(['LENGTH', 'STOP']), timing: timingHeader });

/** One kept-alive connection to a worker, with many calls on it at a time. */
export class WorkerConnection {
  readonly #socket: net.Socket;
  readonly #reader = new MessageReader(ANSWER_MAX_BYTES);
  readonly #calls = new Map<number, Pending>();
  #lastCall = 0;
  /** The worker's system closed it (FIN): what the worker wrote came before, STARTED included. After a reset some of it may be lost. */
  #hasEnded = false;

  private constructor(socket: net.Socket, private readonly closed: (connection: WorkerConnection) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // The reason comes with `close` or does not matter.
    socket.on('error', () => undefined);
    socket.once('end', () => { this.#hasEnded = true; });
    socket.once('close', () => this.#lost());
  }

  /** @throws UNAVAILABLE when nobody answers there */
  static async open(address: string, token: string, closed: (connection: WorkerConnection) => void): Promise<WorkerConnection> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    try {
      await connected(socket);
    } catch (error) {
      socket.destroy();
      throw new PlatformError('UNAVAILABLE', 'A worker that should serve this deployment cannot be reached; try again.', {}, { cause: error });
    }
    const connection = new WorkerConnection(socket, closed);
    connection.#send({ kind: KIND.HELLO, call: 0, header: { token } });
    return connection;
  }

  /**
   * The abort of the signal cancels the call at the worker.
   * @throws CallFailure
   */
  call(header: CallHeader, frame: Uint8Array, signal: AbortSignal): Promise<DirectAnswer> {
    return this.#ask({ kind: KIND.CALL, header, frame, listener: null, read: (answer) => ({ outputs: outputsOf(answer.frame), timing: timingHeader.parse(answer.header) }) }, signal);
  }

  /**
   * Has tokens told one by one until no more follow. The abort of the signal ends it at the worker.
   * @throws CallFailure
   */
  generate(header: GenerateHeader, frame: Uint8Array, { signal, listener }: { signal: AbortSignal; listener: TokenListener }): Promise<GenerationEnd> {
    return this.#ask({ kind: KIND.GENERATE, header, frame, listener, read: (answer) => endHeader.parse(answer.header) }, signal);
  }

  #ask<Answer>({ kind, header, frame, listener, read }: Asked<Answer>, signal: AbortSignal): Promise<Answer> {
    this.#lastCall = (this.#lastCall + 1) % 2 ** 32 || 1;
    const call = this.#lastCall;
    return new Promise((resolve, reject) => {
      const cancel = (): void => this.#cancel(call, signal.reason);
      if (signal.aborted) return reject(canceledCall(signal.reason));
      if (this.#socket.destroyed || this.#hasEnded) return reject(lost(false));
      const settled = <T>(settle: (value: T) => void) => (value: T): void => {
        signal.removeEventListener('abort', cancel);
        this.#calls.delete(call);
        settle(value);
      };
      const answered = settled(resolve);
      // Read first: an answer that cannot be read ends the connection, and with it this call.
      this.#calls.set(call, { hasStarted: false, listener, resolve: (message) => answered(read(message)), reject: settled(reject) });
      signal.addEventListener('abort', cancel);
      this.#send({ kind, call, header, frame });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #cancel(call: number, reason: unknown): void {
    const pending = this.#calls.get(call);
    this.#send({ kind: KIND.CANCEL, call });
    pending?.reject(new CallFailure(canceled(reason), pending.hasStarted));
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#take(message);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  /** What answers a call that was canceled meanwhile is dropped. */
  #take(message: Message): void {
    const pending = this.#calls.get(message.call);
    switch (message.kind) {
      case KIND.STARTED: return pending && started(pending);
      case KIND.TOKEN: return pending?.listener?.token(tokenHeader.parse(message.header).token);
      case KIND.FAILED: return pending?.reject(new CallFailure(failureOf(message.header), pending.hasStarted));
      case KIND.DONE: return pending?.resolve(message);
      case KIND.HELLO:
      case KIND.CALL:
      case KIND.GENERATE:
      case KIND.CANCEL: throw new PlatformError('BAD_USER_INPUT', `A worker says nothing of kind ${message.kind}.`);
    }
  }

  #lost(): void {
    const isCertain = this.#hasEnded && this.#reader.isBetweenMessages;
    for (const pending of this.#calls.values()) pending.reject(lost(pending.hasStarted || !isCertain));
    this.closed(this);
  }

  #send(message: { kind: MessageKind; call: number; header?: object; frame?: Uint8Array }): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (const part of encodeMessage(message)) this.#socket.write(part);
    this.#socket.uncork();
  }
}

function connected(socket: net.Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
    const ended = (error?: Error): void => {
      clearTimeout(timer);
      socket.off('error', ended).off('connect', ended);
      if (error) reject(error);
      else resolve();
    };
    socket.once('connect', ended).once('error', ended);
  });
}

function started(pending: Pending): void {
  pending.hasStarted = true;
  pending.listener?.started();
}

function failureOf(header: unknown): PlatformError {
  const { code, message } = failedHeader.parse(header);
  return new PlatformError(isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR', message);
}

function outputsOf(frame: Uint8Array): RawTensor[] {
  const [outputs, ...others] = unpackFrame(frame);
  if (!Array.isArray(outputs) || others.length > 0) throw new PlatformError('TENSOR_INVALID', 'An answer carries the tensors of one item.');
  return outputs.map((tensor) => {
    if (!('data' in tensor)) throw new PlatformError('TENSOR_INVALID', 'An answer carries its tensors in place.');
    checkRaw(tensor);
    return tensor;
  });
}

/** A call that its caller gave up before any run of it began. */
export function canceledCall(reason: unknown): CallFailure {
  return new CallFailure(canceled(reason), false);
}

function canceled(reason: unknown): PlatformError {
  return reason instanceof PlatformError ? reason : new PlatformError('JOB_CANCELED', 'The client went away before the answer.');
}

function lost(hasStarted: boolean): CallFailure {
  const error = hasStarted
    ? new PlatformError('WORKER_LOST', 'The worker disappeared, and the run may have begun; the call may be sent again.')
    : new PlatformError('UNAVAILABLE', 'The worker disappeared before the run.');
  return new CallFailure(error, hasStarted);
}
