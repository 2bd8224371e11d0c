import type { GenerationEnd } from '../../../platform/direct/message';
import { packFrame } from '../../../platform/tensor/frame';
import type { CallDeadline } from '../direct/call-deadline';
import type { ReadyTarget } from '../direct/direct.service';
import type { ReplicaChoice } from '../direct/replica-choice';
import { CallFailure, type TokenListener } from '../direct/worker.connection';
import type { WorkerConnections } from '../direct/worker.connections';
import type { GenerationRequest } from './generation.request';

/** What follows goes on from the tokens that were told already. */
export interface TokensAsked {
  request: GenerationRequest;
  told: readonly number[];
  deadline: CallDeadline;
  listener: TokenListener;
}

/** Has a generation's tokens told by one of the replicas, and by another where one is lost. */
export class TokenSource {
  constructor(private readonly parts: { choice: ReplicaChoice; connections: WorkerConnections }) {}

  /**
   * A replica that could not begin is replaced by another. So is one whose worker disappeared, unless it told no token: then the step may be what ended it, and
   * such a step shall not walk through all of them. The other goes on behind the last token: what it has to compute again gives the same.
   * @throws CallFailure
   */
  async tell(target: ReadyTarget, { request, told, deadline, listener }: TokensAsked): Promise<GenerationEnd> {
    const untried = new Set(target.replicas);
    const tokens = [...told];
    const counting: TokenListener = { started: () => listener.started(), token: (token) => { tokens.push(token); listener.token(token); } };
    for (;;) {
      // The worker disappeared between its last token and its end.
      if (tokens.length === request.maxTokens) return { reason: 'LENGTH', timing: NO_TIME };
      const replica = this.parts.choice.pick([...untried])!;
      untried.delete(replica);
      const before = tokens.length;
      try {
        return await this.#on(replica, { target, request, tokens, deadline, listener: counting });
      } catch (error) {
        if (!isOthers(error, tokens.length > before) || untried.size === 0) throw error;
      }
    }
  }

  #on(replica: ReadyTarget['replicas'][number], asked: Omit<TokensAsked, 'told'> & { target: ReadyTarget; tokens: readonly number[] }): Promise<GenerationEnd> {
    const { target: { namespace }, request: { tokens: prompt, maxTokens, stopIds, sampling }, tokens, deadline, listener } = asked;
    const sequence = Int32Array.from([...prompt, ...tokens]);
    const frame = packFrame([[{ name: 'input_ids', datatype: 'INT32', shape: [sequence.length], data: new Uint8Array(sequence.buffer) }]]);
    const header = { replicaId: replica.id, namespace, maxTokens: maxTokens - tokens.length, stopIds, sampling, withinMs: deadline.leftMs };
    return this.parts.choice.during(replica.id, async () => (await this.parts.connections.to(replica.address)).generate(header, frame, { signal: deadline.signal, listener }));
  }
}

const NO_TIME = { queuedMs: 0, batchWaitMs: 0, computeMs: 0, batchSize: 1 };

function isOthers(error: unknown, hasToldTokens: boolean): boolean {
  if (!(error instanceof CallFailure)) return false;
  const { error: { code }, hasStarted } = error;
  if (code === 'WORKER_LOST') return hasToldTokens;
  return !hasStarted && (code === 'UNAVAILABLE' || code === 'QUEUE_FULL');
}
