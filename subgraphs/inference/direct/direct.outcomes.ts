import type { DirectTiming } from '../../../platform/direct/message';
import { PlatformError, type ErrorCode } from '../../../platform/errors';
import type { ReusedFrom, ServedFrom } from '../reuse/served-from';
import type { DropReason, WorkRecorder } from '../worker.contract';
import type { DirectStatistics } from './direct.statistics';

interface CalledTarget {
  deploymentId: string;
  revision: { id: string };
}

interface AnsweredCall {
  rows: number;
  elapsedMs: number;
  timing: DirectTiming;
  servedFrom: ServedFrom;
  savedMs: number;
}

/** Codes of calls that were refused or given up, and never failed. */
const DROPS: Partial<Record<ErrorCode, DropReason>> = {
  QUEUE_FULL: 'QUEUE_FULL', DEADLINE_UNREACHABLE: 'DEADLINE_UNREACHABLE', DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED', JOB_CANCELED: 'CANCELED',
};

/** Where every end of a direct call is told: to the protocol's statistics and to the metrics. */
export class DirectOutcomes {
  constructor(private readonly statistics: DirectStatistics, private readonly recorder: WorkRecorder) {}

  answered(target: CalledTarget, { rows, elapsedMs, timing, servedFrom, savedMs }: AnsweredCall): void {
    const { deploymentId, revision } = target;
    if (servedFrom !== 'COMPUTED') return this.#reused(target, { elapsedMs, servedFrom, savedMs });
    this.statistics.observe(revision.id, { rows, elapsedMs, timing });
    const ownComputeMs = timing.computeMs / timing.batchSize;
    this.recorder.finished({ deploymentId, lane: 'direct', items: 1, errors: [], latencyMs: elapsedMs, timing: { ...timing, ownComputeMs } });
  }

  failed({ deploymentId, revision }: CalledTarget, { rows, elapsedMs, error }: { rows: number; elapsedMs: number; error: unknown }): void {
    this.statistics.observe(revision.id, { rows, elapsedMs, timing: null });
    const code = error instanceof PlatformError ? error.code : 'INTERNAL_SERVER_ERROR';
    const reason = DROPS[code];
    if (reason) this.recorder.dropped(deploymentId, reason, 1);
    else this.recorder.finished({ deploymentId, lane: 'direct', items: 1, errors: [code], latencyMs: elapsedMs, timing: null });
  }

  #reused({ deploymentId, revision }: CalledTarget, { elapsedMs, servedFrom, savedMs }: { elapsedMs: number; servedFrom: ReusedFrom; savedMs: number }): void {
    this.statistics.reused(revision.id, elapsedMs);
    this.recorder.finished({ deploymentId, lane: 'direct', items: 1, errors: [], latencyMs: elapsedMs, timing: null });
    this.recorder.reused(deploymentId, { lane: 'direct', servedFrom, items: 1 });
    this.recorder.saved(deploymentId, 'REUSED', savedMs);
  }
}
