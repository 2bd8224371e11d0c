import { Coalescer } from '../platform/coalescer';
import { messageOf } from '../platform/errors';
import type { BatchProfile, Placement, ReplicaReport } from '../subgraphs/deployment/worker.contract';
import { untilAnswered, type PersistenceSettings } from './persistence';

interface ReplicaReporterParts extends PersistenceSettings {
  placement: Pick<Placement, 'report' | 'profiled'>;
  workerId: string;
}

/** Reports states in their order, one call at a time, until the deployment has answered. */
export class ReplicaReporter {
  readonly #reports: Coalescer<ReplicaReport, null>;

  constructor(private readonly parts: ReplicaReporterParts) {
    this.#reports = new Coalescer({ maxBatch: 64, maxInFlight: 1, run: (reports) => this.#send(reports) });
  }

  /** Never rejects: a report that is refused concerns a replica that is no longer ours. */
  async report(report: ReplicaReport): Promise<void> {
    await this.#reports.add(report).catch((error: unknown) => {
      this.parts.log.debug({ replicaId: report.replicaId, state: report.state, reason: messageOf(error) }, 'report not taken');
    });
  }

  /** Resolves once it is kept, so that whoever sees the replica READY sees it too; never rejects. */
  async profiled(replicaId: string, profile: BatchProfile): Promise<void> {
    const { placement, workerId, log } = this.parts;
    await untilAnswered('profiled', () => placement.profiled(workerId, replicaId, profile), this.parts).catch((error: unknown) => {
      log.warn({ replicaId, reason: messageOf(error) }, 'measurement not kept');
    });
  }

  async #send(reports: ReplicaReport[]): Promise<null[]> {
    await untilAnswered('report', () => this.parts.placement.report(this.parts.workerId, reports), this.parts);
    return reports.map(() => null);
  }
}
