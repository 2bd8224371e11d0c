import { Coalescer } from '../platform/coalescer';
import { messageOf } from '../platform/errors';
import type { Placement, ReplicaReport } from '../subgraphs/deployment/worker.contract';
import { untilAnswered, type PersistenceSettings } from './persistence';

interface ReplicaReporterParts extends PersistenceSettings {
  placement: Pick<Placement, 'report'>;
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

  async #send(reports: ReplicaReport[]): Promise<null[]> {
    await untilAnswered('report', () => this.parts.placement.report(this.parts.workerId, reports), this.parts);
    return reports.map(() => null);
  }
}
