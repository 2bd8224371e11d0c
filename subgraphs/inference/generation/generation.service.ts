import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { PushStream } from '../../../platform/stream/push-stream';
import { callDeadline, TIMEOUT_MAX_MS } from '../direct/call-deadline';
import type { DirectLimits } from '../direct/direct.limits';
import type { DirectOutcomes } from '../direct/direct.outcomes';
import type { DirectService, ReadyTarget } from '../direct/direct.service';
import { CallFailure, type TokenListener } from '../direct/worker.connection';
import { endStep, failedStep, tokenStep, type GenerationStep } from './generation-event';
import { readGenerationRequest, type GenerationAsked, type GenerationRequest } from './generation.request';
import type { TokenSource } from './token.source';

export interface GenerationServiceParts {
  direct: Pick<DirectService, 'target'>;
  source: TokenSource;
  limits: DirectLimits;
  outcomes: DirectOutcomes;
  /** Tokens that one generation may have. */
  maxTokens: number;
}

/** Where a generation stands and what it gives. */
export interface GenerationRun {
  /** Tokens told already, by another process. */
  told: readonly number[];
  signal: AbortSignal;
  timeoutMs: number | null;
  listener: TokenListener;
}

/** Sequences that grow token by token, told as they grow. */
export class GenerationService {
  constructor(private readonly parts: GenerationServiceParts) {}

  /** @throws what `DirectService.target` and `readGenerationRequest` throw */
  async prepare(scope: RequestScope, deployment: string, asked: GenerationAsked): Promise<{ target: ReadyTarget; request: GenerationRequest }> {
    const target = await this.parts.direct.target(scope, deployment);
    return { target, request: readGenerationRequest(asked, target.revision.signature, this.parts) };
  }

  /**
   * Lives and dies with its reader. Resolves once a replica has begun: what is refused before is no event.
   * @throws what `run` throws, before the first event
   */
  async open(scope: RequestScope, { target, request, timeoutMs }: { target: ReadyTarget; request: GenerationRequest; timeoutMs: number | null }): Promise<AsyncIterableIterator<GenerationStep>> {
    const leaving = new AbortController();
    const stream = new PushStream<GenerationStep>(() => leaving.abort());
    const signal = scope.signal ? AbortSignal.any([scope.signal, leaving.signal]) : leaving.signal;
    let seq = 0;
    await new Promise<void>((started, refused) => {
      const listener: TokenListener = { started, token: (token) => { seq += 1; stream.push(tokenStep(seq, token)); } };
      this.run(target, request, { told: [], signal, timeoutMs, listener }).then(
        (end) => stream.push(endStep(seq + 1, end)),
        (error: unknown) => {
          refused(error);
          stream.push(failedStep(seq + 1, toldOf(error)));
        },
      ).finally(() => { started(); stream.end(); });
    });
    return stream;
  }

  /**
   * Has the tokens told that follow.
   * @throws QUEUE_FULL, DEADLINE_UNREACHABLE; DEADLINE_EXCEEDED, INFERENCE_TIMEOUT when it took too long; UNAVAILABLE when no replica could begin, WORKER_LOST
   * when one disappeared with it; INFERENCE_FAILED, DEVICE_OUT_OF_MEMORY, RUNNER_CRASHED of a step; JOB_CANCELED when the signal aborted
   */
  async run(target: ReadyTarget, request: GenerationRequest, { told, signal, timeoutMs, listener }: GenerationRun): ReturnType<TokenSource['tell']> {
    const { limits, outcomes, source } = this.parts;
    const deadlineMs = timeoutMs ?? target.admission.deadlineMs;
    const deadline = callDeadline(deadlineMs === null ? TIMEOUT_MAX_MS : timeoutMs ?? Math.min(deadlineMs, TIMEOUT_MAX_MS), signal);
    const beganAt = performance.now();
    const done = () => ({ rows: 1, elapsedMs: performance.now() - beganAt });
    try {
      const end = await limits.during(target, deadlineMs, () => source.tell(target, { request, told, deadline, listener }));
      outcomes.answered(target, { ...done(), timing: end.timing, servedFrom: 'COMPUTED', savedMs: 0 });
      return end;
    } catch (failure) {
      const error = failure instanceof CallFailure ? (deadline.isOver ? deadline.error(failure.hasStarted) : failure.error) : failure;
      outcomes.failed(target, { ...done(), error });
      throw error;
    } finally {
      deadline.clear();
    }
  }
}

/** What a reader may be told of it. */
function toldOf(error: unknown): PlatformError {
  return error instanceof PlatformError ? error : new PlatformError('INTERNAL_SERVER_ERROR', 'The generation failed inside the platform.');
}
