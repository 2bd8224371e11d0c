import type { Socket } from 'node:net';
import { z } from 'zod';
import { encodeMessage, KIND, type Message, type MessageKind } from '../../platform/direct/message';
import { MessageReader } from '../../platform/direct/message-reader';
import { PlatformError } from '../../platform/errors';
import { checkRaw } from '../../platform/tensor/element-count';
import { packFrame, unpackFrame } from '../../platform/tensor/frame';
import { checkInputs, checkOutputs } from '../../platform/tensor/signature-check';
import type { RawTensor, Signature } from '../../platform/tensor/tensor';
import { Generation, type GenerationListener } from '../generation/generation';
import { readGeneration } from '../generation/generation.request';
import { DirectCall, type CallListener } from './direct-call';
import type { DirectReplica, DirectReplicas } from './direct-replicas';

export interface DirectConnectionParts {
  socket: Socket;
  replicas: DirectReplicas;
  /** Whether the platform signed this token for this worker. */
  admits(token: string): Promise<boolean>;
}

/** Nobody is known yet: what comes may not cost memory. */
const HELLO_MAX_BYTES = 4_096;
const MESSAGE_MAX_BYTES = 2 ** 31 - 1;
/** A connection that says nothing is closed. */
const HELLO_TIMEOUT_MS = 5_000;

const helloHeader = z.object({ token: z.string() });
const addressHeader = z.object({ replicaId: z.string(), namespace: z.string() });
const callHeader = z.object({ outputs: z.array(z.string()).nullable(), deadlineMs: z.number().positive().nullable() });

/** Each has a name of its own in this process: a runner keeps what it computed under it. */
let lastGeneration = 0;

/** One inference service's calls. Its end cancels all of them. */
export class DirectConnection {
  readonly #reader = new MessageReader(HELLO_MAX_BYTES);
  readonly #calls = new Map<number, DirectCall | Generation>();
  #isKnown = false;

  constructor(private readonly parts: DirectConnectionParts) {}

  /** Resolves when the other end is gone. @throws UNAUTHENTICATED, or whatever ended the connection */
  async serve(): Promise<void> {
    const { socket } = this.parts;
    const silence = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    try {
      // Sequential: while the token is checked nothing more is read.
      for await (const chunk of socket) {
        await this.#read(chunk as Buffer);
        if (this.#isKnown) clearTimeout(silence);
      }
    } finally {
      clearTimeout(silence);
      for (const call of this.#calls.values()) call.cancel();
      this.#calls.clear();
    }
  }

  async #read(chunk: Buffer): Promise<void> {
    for (const message of this.#reader.push(chunk)) {
      if (this.#isKnown) this.#take(message);
      else await this.#greet(message);
    }
  }

  async #greet({ kind, header }: Message): Promise<void> {
    const hello = helloHeader.safeParse(header);
    if (kind !== KIND.HELLO || !hello.success || !await this.parts.admits(hello.data.token)) {
      throw new PlatformError('UNAUTHENTICATED', 'The direct lane opens with a token that the platform signed for this worker.');
    }
    this.#isKnown = true;
    this.#reader.maxBytes = MESSAGE_MAX_BYTES;
  }

  #take(message: Message): void {
    if (message.kind === KIND.CALL || message.kind === KIND.GENERATE) return this.#begin(message);
    if (message.kind !== KIND.CANCEL) throw new PlatformError('BAD_USER_INPUT', `A message of kind ${message.kind} was not expected here.`);
    this.#calls.get(message.call)?.cancel();
    this.#calls.delete(message.call);
  }

  /** A call of another form fails alone; one under a number in use would take the other's answer, so that ends the connection. */
  #begin(message: Message): void {
    const { call: id, kind } = message;
    if (id === 0 || this.#calls.has(id)) throw new PlatformError('BAD_USER_INPUT', `A call of number ${id} was not expected here.`);
    const listener = this.#listenerOf(id);
    try {
      const replica = this.#replicaOf(message);
      if (kind === KIND.GENERATE) this.#generate(replica, message, listener);
      else this.#call(replica, message, listener);
    } catch (error) {
      listener.failed(error instanceof PlatformError ? error : new PlatformError('BAD_USER_INPUT', 'A call has another form than was expected.', {}, { cause: error }));
    }
  }

  #replicaOf({ header }: Message): DirectReplica {
    const { replicaId, namespace } = addressHeader.parse(header);
    const replica = this.parts.replicas.replica(replicaId);
    if (!replica) throw new PlatformError('UNAVAILABLE', 'The replica is not here any more.');
    if (replica.revision.namespace !== namespace) throw new PlatformError('FORBIDDEN', `The replica does not serve namespace "${namespace}".`);
    return replica;
  }

  #call(replica: DirectReplica, { call: id, header, frame }: Message, listener: CallListener): void {
    const { signature } = replica.revision;
    const { outputs, deadlineMs } = callHeader.parse(header);
    // Said by the service as well. Native code reads what these promise, so nobody's word is taken for it.
    checkOutputs(signature, outputs);
    const call = new DirectCall({ call: id, inputs: inputsOf(frame, signature), outputs, deadlineMs }, listener);
    this.#calls.set(id, call);
    replica.call(call);
  }

  #generate(replica: DirectReplica, message: Message, { started, failed }: CallListener): void {
    const { call } = message;
    const listener: GenerationListener = {
      started, failed,
      token: (token) => this.#send({ kind: KIND.TOKEN, call, header: { token } }),
      done: (end) => {
        this.#calls.delete(call);
        this.#send({ kind: KIND.DONE, call, header: end });
      },
    };
    lastGeneration += 1;
    const generation = new Generation({ ...readGeneration(message, replica.revision.signature), name: String(lastGeneration) }, listener);
    this.#calls.set(call, generation);
    replica.generate(generation);
  }

  #listenerOf(call: number): CallListener {
    return {
      started: () => this.#send({ kind: KIND.STARTED, call }),
      done: (outputs, timing) => {
        this.#calls.delete(call);
        this.#send({ kind: KIND.DONE, call, header: timing, frame: packFrame([outputs]) });
      },
      failed: ({ code, message }) => {
        this.#calls.delete(call);
        this.#send({ kind: KIND.FAILED, call, header: { code, message } });
      },
    };
  }

  #send(message: { kind: MessageKind; call: number; header?: object; frame?: Uint8Array }): void {
    const { socket } = this.parts;
    socket.cork();
    for (const part of encodeMessage(message)) socket.write(part);
    // Uncorked in the same turn: STARTED must have left before the run that may take this process with it.
    socket.uncork();
  }
}

function inputsOf(frame: Uint8Array, signature: Signature): RawTensor[] {
  const [tensors, ...others] = unpackFrame(frame);
  if (!Array.isArray(tensors) || others.length > 0 || !tensors.every((tensor) => 'data' in tensor)) {
    throw new PlatformError('BAD_USER_INPUT', 'A call carries the tensors of one item, in place.');
  }
  const inputs = tensors as RawTensor[];
  checkInputs(signature, inputs);
  for (const input of inputs) checkRaw(input);
  return inputs;
}
