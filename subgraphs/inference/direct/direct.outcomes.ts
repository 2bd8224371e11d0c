import type { DirectTiming } from '../../../platform/direct/message';
import { PlatformError, type ErrorCode } from '../../../platform/errors';
import type { DropReason, WorkRecorder } from '../worker.contract';
import type { DirectStatistics } from './direct.statistics';

interface CalledTarget {
  deploymentId: string;
  revision: { id: string };
}

/** Codes of calls that were refused or given up, and never failed. */
const DROPS: Partial<Record<ErrorCode, DropReason>> = {
  QUEUE_FULL: 'QUEUE_FULL', DEADLINE_UNREACHABLE: 'DEADLINE_UNREACHABLE', DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED', JOB_CANCELED: 'CANCELED',
};

/** Where every end of a direct call is told: to the protocol's statistics and to the metrics. */
export class DirectOutcomes {
  constructor(private readonly statistics: DirectStatistics, private readonly recorder: WorkRecorder) {}

  answered({ deploymentId, revision }: CalledTarget, { rows, elapsedMs, timing }: { rows: number; elapsedMs: number; timing: DirectTiming }): void {
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
}
