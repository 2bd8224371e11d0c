import type { EntityManager } from 'typeorm';
import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { newId } from '../../platform/uuid';
import { writeProfile } from './batch-profile.store';
import { applyReports, touchWorker, wantedReplicas, writePaces } from './placement.store';
import { Worker } from './worker';
import { loseReplicas, retireWorkers, type LostReplica } from './worker.store';
import type { Assignment, BatchProfile, Placement, ReplicaPace, ReplicaReport, WorkerDescription } from './worker.contract';

/** What workers ask and tell; each call is a constant number of statements. */
export class PlacementService implements Placement {
  constructor(private readonly database: Database, private readonly bus: EventBus) {}

  /** A predecessor of the same name is GONE at once, so that its replicas are placed anew without waiting for missed heartbeats. */
  async register({ name, host, pid, devices, memoryBytes, directAddress }: WorkerDescription): Promise<string> {
    const id = newId();
    const lost = await this.database.transaction(async (manager) => {
      await serialiseByName(manager, name);
      await retireWorkers(manager, { name });
      await manager.getRepository(Worker).insert({
        id, name, host, pid, devices, memoryBytes, directAddress, state: 'ACTIVE', heartbeatAt: () => 'now()',
      });
      return loseReplicas(manager, { code: 'WORKER_LOST', message: 'The worker was restarted.' });
    });
    this.#tell(id, lost);
    return id;
  }

  heartbeat(workerId: string): Promise<boolean> {
    return touchWorker(this.database, workerId);
  }

  assignments(workerId: string): Promise<Assignment[]> {
    return wantedReplicas(this.database, workerId);
  }

  async report(workerId: string, reports: ReplicaReport[]): Promise<void> {
    // Of several reports about one replica the last is the present; one statement moves a row only once.
    const latest = [...new Map(reports.map((report) => [report.replicaId, report])).values()];
    if (latest.length === 0) return;
    for (const deploymentId of await applyReports(this.database, workerId, latest)) this.bus.publish('deployment', deploymentId);
  }

  profiled(workerId: string, replicaId: string, profile: BatchProfile): Promise<void> {
    return writeProfile(this.database, workerId, replicaId, profile);
  }

  pace(workerId: string, paces: ReplicaPace[]): Promise<void> {
    return writePaces(this.database, workerId, paces);
  }

  async leave(workerId: string): Promise<void> {
    const lost = await this.database.transaction(async (manager) => {
      await retireWorkers(manager, { ids: [workerId] });
      return loseReplicas(manager, { code: 'WORKER_LOST', message: 'The worker was stopped.' });
    });
    this.#tell(workerId, lost);
  }

  /**
   * Whoever sees a worker process end says so here, sooner than its heartbeats are missed. The process id keeps a successor of the same
   * name out of it, should this be late.
   */
  async lost(name: string, pid: number): Promise<void> {
    const [workerIds, lost] = await this.database.transaction(async (manager) => {
      const retired = await retireWorkers(manager, { name, pid });
      return [retired, await loseReplicas(manager, { code: 'WORKER_LOST', message: 'The worker process ended.' })];
    });
    for (const workerId of workerIds) this.#tell(workerId, lost);
  }

  #tell(workerId: string, lost: readonly LostReplica[]): void {
    this.bus.publish('worker', workerId);
    for (const deploymentId of new Set(lost.map((replica) => replica.deploymentId))) this.bus.publish('deployment', deploymentId);
  }
}

/** Two processes that register one name at once would both find no predecessor. */
async function serialiseByName(manager: EntityManager, name: string): Promise<void> {
  await manager.query(`select pg_advisory_xact_lock(hashtextextended('worker ' || $1, 0))`, [name]);
}
